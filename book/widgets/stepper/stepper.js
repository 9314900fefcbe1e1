// A network that is walked through, step by step. symbols.py says how texts are marked, layout.py where parts stand.
(() => {
  const { element, claimId, define, theme, stepper } = globalThis.nnlibWidgets;
  const { parse, clamp, isShown, spoken, fitted, padded } = stepper.pure;

  const WAYS = { start: "Start", forward: "Forward ↓", backward: "Back ↑", update: "Update" };

  function write(parent, parts) {
    for (const part of parts) {
      if (typeof part === "string") parent.append(part);
      else write(element(parent, part.tag), part.parts);
    }
    return parent;
  }

  function setAttributes(node, attributes) {
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  }

  function shape(parent, tag, attributes = {}) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    setAttributes(node, attributes);
    parent.append(node);
    return node;
  }

  // The same marks in a drawing, which knows no <i> and no <sub>.
  function writeShapes(parent, parts) {
    let lift = 0;
    for (const part of parts) {
      const tag = part.tag ?? "";
      const down = { sub: 3, sup: -4 }[tag] ?? 0;
      const node = shape(parent, "tspan", { class: tag, dy: down - lift });
      lift = down;
      node.append(tag ? part.parts.join("") : part);
    }
  }

  function buildDrawing(parent, drawing) {
    const svg = shape(parent, "svg", {
      viewBox: `0 0 ${drawing.width} ${drawing.height}`, role: "img", "aria-label": drawing.about,
    });
    const marked = [];
    for (const { on, ...ends } of drawing.edges) marked.push([shape(svg, "line", { class: "edge", ...ends }), on]);
    for (const { on, ...sides } of drawing.boxes) marked.push([shape(svg, "rect", { class: "box", rx: 6, ...sides }), on]);
    // Grounds keep the edges out of the labels; all of them lie below all texts, so that none covers a number.
    const grounds = drawing.texts.map(({ kind }) => (kind.includes("label") ? shape(svg, "rect", { class: "ground" }) : null));
    const texts = drawing.texts.map((text, k) => {
      const node = shape(svg, "text", { x: text.x, y: text.y, class: `${text.kind} ${text.anchor}` });
      writeShapes(node, parse(text.text));
      return { node, text, ground: grounds[k] };
    });
    return { marked, texts };
  }

  function buildStep(parent, step) {
    const item = element(parent, "li");
    const title = element(item, "p", { class: "title" });
    element(title, "span", { class: step.way }, WAYS[step.way]);
    title.append(` ${step.title}`);
    write(element(item, "p", { class: "formula" }), parse(step.formula));
    write(element(item, "p", { class: "shapes" }, "Shapes: "), parse(step.shapes));
    const values = element(item, "div", { class: "values" });
    for (const line of step.lines) write(element(values, "p"), parse(line));
    if (step.local.length > 0) {
      const local = element(item, "p", { class: "local" }, step.way === "update" ? "Then, " : "Local derivative: ");
      step.local.forEach((line, k) => {
        if (k > 0) element(local, "br");
        write(local, parse(line));
      });
    }
    return item;
  }

  function mount(root, { title, drawing, steps }) {
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", title);
    const last = steps.length - 1;
    const controls = element(root, "div", { class: "controls" });
    const previous = element(controls, "button", { type: "button", class: "previous" }, "◀ step back");
    const next = element(controls, "button", { type: "button", class: "next" }, "step on ▶");
    const label = element(controls, "label");
    const place = element(label, "span", { class: "place" });
    const slider = element(label, "input", { type: "range", min: 0, max: last, step: 1, value: 0, "aria-label": "step" });
    const said = element(root, "p", { class: "nnlib-spoken", role: "status", "aria-live": "polite" });
    const stage = element(root, "div", { class: "stage" });
    const figure = element(stage, "div", { class: "drawing" });
    const { marked, texts } = buildDrawing(figure, drawing);
    element(figure, "p", { class: "legend" }, "∂: the derivative of the loss with respect to the number beside or above it");
    const list = element(stage, "ol");
    const items = steps.map((step) => buildStep(list, step));
    for (const { node, text } of texts) node.classList.toggle("last", text.since === last);
    let at = 0;

    // Fits what is to be seen; a root that is hidden has no widths yet, and is drawn again when it gets one.
    function fit() {
      if (root.clientWidth === 0) return;
      for (const { node, text, ground } of texts) {
        if (!isShown(text, at)) continue;
        node.style.fontSize = "";
        const size = Number.parseFloat(getComputedStyle(node).fontSize);
        const fits = fitted(size, node.getComputedTextLength(), text.slot);
        if (fits < size) node.style.fontSize = `${fits}px`;
        if (ground) setAttributes(ground, padded(node.getBBox(), 2));
      }
    }

    function show(step) {
      at = clamp(step, steps);
      items.forEach((item, k) => item.classList.toggle("on", k === at));
      for (const { node, text, ground } of texts) {
        node.classList.toggle("off", !isShown(text, at));
        ground?.classList.toggle("off", !isShown(text, at));
        node.classList.toggle("now", text.since === at && at > 0);
      }
      for (const [node, on] of marked) node.classList.toggle("on", on.includes(at));
      fit();
      root.classList.toggle("backward", steps[at].way === "backward");
      said.textContent = spoken(steps, at);
      place.textContent = `step ${at} of ${last}`;
      slider.value = at;
      slider.setAttribute("aria-valuetext", said.textContent);
      // A button that is disabled loses the focus: the other one takes it.
      const held = document.activeElement;
      previous.disabled = at === 0;
      next.disabled = at === last;
      if (held === previous && previous.disabled) next.focus();
      if (held === next && next.disabled) previous.focus();
    }

    previous.addEventListener("click", () => show(at - 1));
    next.addEventListener("click", () => show(at + 1));
    slider.addEventListener("input", () => show(Number(slider.value)));
    // JupyterLab would take them for its own.
    root.addEventListener("keydown", (event) => {
      if (/^(Arrow|Page|Home|End|Enter| )/.test(event.key)) event.stopPropagation();
    });
    show(0);
    document.fonts.ready.then(fit);
    return theme.watch(root, fit);
  }

  // In a notebook (anywidget); the kernel has nothing to compute.
  function render({ model, el }) {
    const spec = model.get("spec");
    const root = element(el, "div", { class: "nnlib-stepper" });
    claimId(root, spec.id);
    return mount(root, spec);
  }

  define("stepper", { mount, render });
})();
