// A circuit of gates: values above its edges, gradients below. layout.py says where everything stands.
(() => {
  const { element, claimId, define, theme } = globalThis.nnlibWidgets;

  const DROPS = { sub: 3, sup: -4 }; // px from the base line

  function shape(parent, tag, attributes) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    parent.append(node);
    return node;
  }

  function writeText(svg, { x, y, kind, parts }) {
    const node = shape(svg, "text", { x, y, class: kind });
    let at = 0;
    for (const [tag, text] of parts) {
      const down = DROPS[tag] ?? 0;
      shape(node, "tspan", { class: tag, dy: down - at }).textContent = text;
      at = down;
    }
  }

  function mount(root, { width, height, about, legend, boxes, paths, texts }) {
    const stage = element(root, "div", { class: "stage" });
    const svg = shape(stage, "svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": about });
    svg.style.setProperty("--width", `${width}px`);
    for (const d of paths) shape(svg, "path", { d });
    for (const box of boxes) shape(svg, "rect", { ...box, rx: box.height / 2 });
    for (const text of texts) writeText(svg, text);
    const below = element(root, "p", { class: "legend" });
    for (const [tag, text] of legend) element(below, tag || "span", {}, text);

    // Where it is too wide for its place, the keyboard must be able to scroll it.
    function fit() {
      if (stage.scrollWidth > stage.clientWidth) stage.tabIndex = 0;
      else stage.removeAttribute("tabindex");
    }
    fit();
    stage.addEventListener("keydown", (event) => {
      if (/^(Arrow|Home|End)/.test(event.key)) event.stopPropagation(); // JupyterLab would take them for its own
    });
    return theme.watch(root, fit);
  }

  // In a notebook (anywidget); the kernel has nothing to compute.
  function render({ model, el }) {
    const spec = model.get("spec");
    const root = element(el, "div", { class: "nnlib-circuit" });
    claimId(root, spec.id);
    return mount(root, spec);
  }

  define("circuit", { mount, render });
})();
