// How a widget's script takes over the elements that embed.py wrote.
(() => {
  const widgets = (globalThis.nnlibWidgets ??= {});

  // A new element inside `parent`, or alone where that is null.
  function element(parent, tag, attributes = {}, text = "") {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.textContent = text;
    parent?.append(node);
    return node;
  }

  // Gives `root` the id, or the first of id-2, id-3 … that nothing else on the page has.
  function claimId(root, id) {
    let free = id;
    for (let k = 2; ![null, root].includes(document.getElementById(free)); k += 1) free = `${id}-${k}`;
    root.id = free;
  }

  // Removes what stood there for readers without scripts.
  function removeStill(root) {
    for (const still of root.querySelectorAll(":scope > .nnlib-still")) still.remove();
  }

  // Mounts each element of this kind that is not mounted yet: mount(element, spec, host) gets the stored data.
  function mountPage(kind) {
    for (const root of document.querySelectorAll(`.nnlib-${kind}:not([data-ready])`)) {
      const stored = root.querySelector(":scope > script[type='application/json']");
      if (!stored) continue;
      root.dataset.ready = "";
      claimId(root, root.id || `nnlib-${kind}`);
      removeStill(root);
      widgets[kind].mount(root, JSON.parse(stored.textContent), { engine: "stored", linked: true });
    }
  }

  // A script's last line. `widget` holds mount(element, spec, host), and whatever else others may call. In a page, where it
  // is a classic script, the elements are mounted at once; as a module, in a notebook, it is asked to render.
  function define(kind, widget) {
    widgets[kind] = { ...widgets[kind], ...widget };
    if (globalThis.document?.currentScript) mountPage(kind);
  }

  Object.assign(widgets, { element, claimId, removeStill, mountPage, define });
})();
