// A pad to draw a digit on; the network whose folded weights are stored with it answers. __init__.py writes the format.
(() => {
  const { element, claimId, define, theme, pad } = globalThis.nnlibWidgets;
  const { SIDE, LEVELS, floats, images, answer, best, nearest, brush, inked, moved, isBlank, withArticle, percent, spoken } = pad.pure;

  const MOVES = [[0, -1, "left", "←"], [-1, 0, "up", "↑"], [1, 0, "down", "↓"], [0, 1, "right", "→"]];
  const KEYS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const HELP = "Draw with the mouse or a finger: the first stroke clears the example. By keyboard: arrow keys move, "
    + "space inks, backspace wipes a cell.";

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
    if (!canvas.isConnected) return; // a notebook renders first, and shows then: no color is known yet
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

  define("pad", { mount, render });
})();
