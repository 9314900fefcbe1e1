// A pad to draw a digit on; the network whose folded weights are stored with it answers. __init__.py writes the format.
(() => {
  const { element, claimId, define, theme } = globalThis.nnlibWidgets;

  const SIDE = 8;
  const LEVELS = 16;
  const RADIUS = 0.8; // of the brush, in cells
  const DOTS = 4; // a cell counts the inked points of its 4 × 4, as the data's makers counted them
  const MOVES = [[0, -1, "left", "←"], [-1, 0, "up", "↑"], [1, 0, "down", "↓"], [0, 1, "right", "→"]];
  const KEYS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const HELP = "Draw with the mouse or a finger: the first stroke clears the example. By keyboard: arrow keys move, "
    + "space inks, backspace wipes a cell.";

  // ---------------------------------------------------------------------------------------------- without a page

  const floats = (text) => new Float32Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);

  // { pixels, labels } → [{ label, ink }]: ink are 64 levels from 0 to 16, stored as the letters from A to Q.
  function images({ pixels, labels }) {
    const size = SIDE * SIDE;
    return Array.from(labels, (label, n) => ({
      label: Number(label),
      ink: Array.from(pixels.slice(size * n, size * (n + 1)), (letter) => letter.charCodeAt(0) - 65),
    }));
  }

  const activations = {
    sigmoid: (z) => 1 / (1 + Math.exp(-z)),
    relu: (z) => Math.max(z, 0),
    "": (z) => z,
  };

  // The forward pass: z = xW + b, W row by row; then softmax.
  function answer(layers, ink) {
    let x = ink.map((level) => level / LEVELS);
    for (const { shape: [rows, columns], W, b, activation } of layers) {
      const z = Array.from(b);
      for (let j = 0; j < rows; j += 1) {
        for (let k = 0; k < columns; k += 1) z[k] += x[j] * W[j * columns + k];
      }
      x = z.map(activations[activation]);
    }
    const top = Math.max(...x);
    const e = x.map((z) => Math.exp(z - top));
    const sum = e.reduce((a, b) => a + b);
    return e.map((value) => value / sum);
  }

  const best = (p) => p.indexOf(Math.max(...p));

  // The image with the smallest squared distance, and that distance.
  function nearest(from, ink) {
    let [found, least] = [from[0], Infinity];
    for (const image of from) {
      let distance = 0;
      for (let n = 0; n < ink.length && distance < least; n += 1) distance += (image.ink[n] - ink[n]) ** 2;
      if (distance < least) [found, least] = [image, distance];
    }
    return [found, least];
  }

  // The points that a round brush inks on its way from one place to another, both [x, y] in cells.
  function brush([x0, y0], [x1, y1]) {
    const points = new Set();
    const end = SIDE * DOTS;
    const steps = Math.max(1, Math.ceil(Math.hypot(x1 - x0, y1 - y0) * DOTS));
    for (let n = 1; n <= steps; n += 1) {
      const [x, y] = [x0 + ((x1 - x0) * n) / steps, y0 + ((y1 - y0) * n) / steps];
      for (let i = Math.max(0, Math.floor(DOTS * (y - 1))); i < Math.min(end, DOTS * (y + 1)); i += 1) {
        for (let j = Math.max(0, Math.floor(DOTS * (x - 1))); j < Math.min(end, DOTS * (x + 1)); j += 1) {
          if (Math.hypot((j + 0.5) / DOTS - x, (i + 0.5) / DOTS - y) <= RADIUS) points.add(end * i + j);
        }
      }
    }
    return points;
  }

  // The levels after a stroke's points were inked, or wiped.
  function inked(ink, points, wipe = false) {
    const counts = new Array(SIDE * SIDE).fill(0);
    const end = SIDE * DOTS;
    for (const point of points) {
      counts[SIDE * Math.floor(point / (end * DOTS)) + Math.floor((point % end) / DOTS)] += 1;
    }
    return ink.map((level, n) => (wipe ? Math.max(0, level - counts[n]) : Math.max(level, counts[n])));
  }

  // The drawing, some rows down and columns to the right; what leaves the pad is lost.
  function moved(ink, down, right) {
    return ink.map((_, n) => {
      const [row, column] = [Math.floor(n / SIDE) - down, (n % SIDE) - right];
      return row < 0 || row >= SIDE || column < 0 || column >= SIDE ? 0 : ink[SIDE * row + column];
    });
  }

  const isBlank = (ink) => ink.every((level) => level === 0);

  const withArticle = (digit) => (digit === 8 ? "an 8" : `a ${digit}`);

  const percent = (share) => `${(100 * share).toFixed(1)} %`;

  function spoken(p, blank, strange) {
    const top = Math.max(...p);
    const sure = `${best(p)}, with probability ${top >= 0.995 ? "above 0.99" : top.toFixed(2)}`;
    if (blank) return `The pad is blank. The network cannot say so: it would still answer ${sure}.`;
    return `The network says ${sure}.${strange ? " But the drawing is unlike anything it was trained on." : ""}`;
  }

  // ------------------------------------------------------------------------------------------------- in a page

  function buildBoard(parent, root, help) {
    const board = element(parent, "div", {
      class: "board", role: "grid", tabindex: 0, "aria-label": "drawing, 8 by 8 cells", "aria-describedby": help.id,
    });
    const cells = [];
    for (let row = 0; row < SIDE; row += 1) {
      const line = element(board, "div", { role: "row" });
      for (let column = 0; column < SIDE; column += 1) {
        cells.push(element(line, "div", { role: "gridcell", id: `${root.id}-${row}-${column}` }));
      }
    }
    return { board, cells };
  }

  function buildBars(parent) {
    const list = element(parent, "ol", { class: "bars", "aria-label": "probability of each digit" });
    return Array.from({ length: 10 }, (_, digit) => {
      const item = element(list, "li");
      element(item, "b", {}, String(digit));
      element(item, "i");
      return { item, share: element(item, "span") };
    });
  }

  function buildNear(parent) {
    const near = element(parent, "div", { class: "near" });
    const canvas = element(near, "canvas", { width: SIDE, height: SIDE, role: "img" });
    return { near, canvas, text: element(near, "p") };
  }

  function buildGroup(parent, label, caption) {
    const group = element(parent, "div", { role: "group", "aria-label": label });
    element(group, "span", { "aria-hidden": "true" }, caption);
    return group;
  }

  function buildTools(parent, examples, layers) {
    const tools = element(parent, "div", { class: "tools" });
    const first = element(tools, "div");
    const clear = element(first, "button", { type: "button", class: "clear" }, "Clear");
    const erase = element(first, "button", { type: "button", class: "erase", "aria-pressed": "false" }, "Erase");
    const moving = buildGroup(tools, "move the drawing", "move");
    const moves = MOVES.map(([down, right, where, sign]) => {
      const about = { "data-move": `${down},${right}`, "aria-label": `move the drawing ${where}` };
      return { button: element(moving, "button", { type: "button", ...about }, sign), down, right };
    });
    const loading = buildGroup(tools, "load a test image", "load a test image");
    const loads = examples.map(({ label, ink }, n) => {
      const right = best(answer(layers, ink)) === label;
      const about = `test image ${n + 1}, ${withArticle(label)}${right ? "" : " that the network gets wrong"}`;
      const button = element(loading, "button", { type: "button", "data-load": n, "aria-label": `load ${about}` });
      button.textContent = right ? label : `${label} (misread)`;
      return { button, ink };
    });
    return { clear, erase, moves, loads };
  }

  function drawImage(canvas, ink, { print = false } = {}) {
    const colors = theme.colors(canvas.parentElement, { print });
    const pen = canvas.getContext("2d");
    pen.fillStyle = colors.paper;
    pen.fillRect(0, 0, SIDE, SIDE);
    pen.fillStyle = colors.ink;
    ink.forEach((level, n) => {
      pen.globalAlpha = level / LEVELS;
      pen.fillRect(n % SIDE, Math.floor(n / SIDE), 1, 1);
    });
    pen.globalAlpha = 1;
  }

  function mount(root, spec) {
    const layers = spec.layers.map((layer) => ({ ...layer, W: floats(layer.W), b: floats(layer.b) }));
    const [training, examples] = [images(spec.training), images(spec.examples)];
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", spec.title);
    const help = element(root, "p", { id: `${root.id}-help`, class: "help" }, HELP);
    const stage = element(root, "div", { class: "stage" });
    const { board, cells } = buildBoard(stage, root, help);
    const bars = buildBars(stage);
    const said = element(root, "p", { class: "said", role: "status" });
    const { near, canvas, text: nearText } = buildNear(root);
    const { clear, erase, moves, loads } = buildTools(root, examples, layers);

    let ink = [...examples[0].ink];
    let isExample = true; // as it was found: the first stroke starts afresh
    let [row, column] = [3, 3];
    let closest = examples[0];
    const isErasing = () => erase.getAttribute("aria-pressed") === "true";

    // `speak`: not in the middle of a stroke.
    function show(speak) {
      const p = answer(layers, ink);
      const blank = isBlank(ink);
      root.dataset.p = p.map((share) => share.toPrecision(7)).join(" ");
      root.dataset.ink = ink.join(" ");
      cells.forEach((cell, n) => {
        cell.style.setProperty("--level", ink[n] / LEVELS);
        cell.setAttribute("aria-label", `row ${Math.floor(n / SIDE) + 1}, column ${(n % SIDE) + 1}: ink ${ink[n]}`);
      });
      bars.forEach(({ item, share }, digit) => {
        item.style.setProperty("--share", p[digit].toFixed(3));
        item.classList.toggle("top", digit === best(p) && !blank);
        share.textContent = percent(p[digit]);
      });
      const [image, distance] = nearest(training, ink);
      closest = image;
      near.style.visibility = blank ? "hidden" : "visible";
      drawImage(canvas, closest.ink);
      canvas.setAttribute("aria-label", `the most similar training image, ${withArticle(image.label)}`);
      const many = training.length;
      nearText.textContent = `The most similar of the ${many} training images is ${withArticle(image.label)}.`;
      const sentence = spoken(p, blank, distance > spec.far);
      if (speak && said.textContent !== sentence) said.textContent = sentence;
    }

    function change(to) {
      ink = to;
      isExample = false;
      show(true);
    }

    function cursor(toRow, toColumn) {
      cells[SIDE * row + column].classList.remove("at");
      [row, column] = [toRow, toColumn].map((place) => Math.min(Math.max(place, 0), SIDE - 1));
      const cell = cells[SIDE * row + column];
      cell.classList.add("at");
      board.setAttribute("aria-activedescendant", cell.id);
    }

    // What a stroke is drawn upon: nothing, where it is the first one and inks.
    function ground() {
      const afresh = isExample && !isErasing();
      isExample = false;
      return afresh ? ink.map(() => 0) : ink;
    }

    // A stroke, while the pointer is down: the drawing before it, its points so far, and where it was last.
    let stroke = null;
    const placeOf = (event) => {
      const box = board.getBoundingClientRect();
      return [(SIDE * (event.clientX - box.left)) / box.width, (SIDE * (event.clientY - box.top)) / box.height];
    };

    function draw(event) {
      const between = event.getCoalescedEvents?.() ?? [];
      for (const one of between.length > 0 ? between : [event]) {
        const place = placeOf(one);
        for (const point of brush(stroke.last ?? place, place)) stroke.points.add(point);
        stroke.last = place;
      }
      ink = inked(stroke.before, stroke.points, isErasing());
      show(false);
    }

    board.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      board.setPointerCapture(event.pointerId);
      board.focus({ preventScroll: true });
      stroke = { before: ground(), points: new Set(), last: null };
      draw(event);
      const [x, y] = placeOf(event);
      cursor(Math.floor(y), Math.floor(x));
    });
    board.addEventListener("pointermove", (event) => stroke && draw(event));
    for (const end of ["pointerup", "pointercancel"]) {
      board.addEventListener(end, () => {
        if (stroke) show(true);
        stroke = null;
      });
    }
    board.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const move = KEYS[event.key];
      if (move) {
        cursor(row + move[0], column + move[1]);
      } else if (event.key === " " || event.key === "Enter") {
        const middle = [column + 0.5, row + 0.5];
        change(inked(ground(), brush(middle, middle), isErasing()));
      } else if (event.key === "Backspace" || event.key === "Delete") {
        change(ink.map((level, n) => (n === SIDE * row + column ? 0 : level)));
      } else {
        return;
      }
      event.preventDefault();
    });
    clear.addEventListener("click", () => change(ink.map(() => 0)));
    erase.addEventListener("click", () => erase.setAttribute("aria-pressed", String(!isErasing())));
    for (const load of loads) load.button.addEventListener("click", () => change([...load.ink]));
    for (const { button, down, right } of moves) button.addEventListener("click", () => change(moved(ink, down, right)));
    // JupyterLab would take them for its own.
    root.addEventListener("keydown", (event) => {
      if (/^(Arrow|Enter| |Backspace|Delete)/.test(event.key)) event.stopPropagation();
    });
    cursor(row, column);
    show(true);
    return theme.watch(root, (how) => drawImage(canvas, closest.ink, how));
  }

  // In a notebook (anywidget); the kernel has nothing to compute.
  function render({ model, el }) {
    const spec = model.get("spec");
    const root = element(el, "div", { class: "nnlib-pad" });
    claimId(root, spec.id);
    return mount(root, spec);
  }

  const pure = { floats, images, answer, best, nearest, brush, inked, moved, isBlank, withArticle, percent, spoken };
  define("pad", { mount, render, pure });
})();
