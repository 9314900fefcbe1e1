// Brings each example into its state, answers in place of a kernel, and switches the grounds.
(() => {
  // Answers after a moment with the stored result of the nearest position; fails where the spec says so.
  function standIn(spec) {
    const listeners = new Set();
    const { indexOf, placeOf } = nnlibWidgets.explorer.pure;
    const answer = ({ id, values }) => {
      const error = spec.fails;
      const places = spec.controls.map((c) => placeOf(c, String(values[c.name])));
      const result = spec.stored.results[indexOf(spec.controls, places)];
      const message = error ? { id, error } : { id, done: true, shared: spec.stored.shared, results: [result] };
      for (const listen of listeners) listen(structuredClone(message));
    };
    return {
      get: () => spec,
      send: (question) => { if (!spec.silent) setTimeout(answer, 300, question); },
      on: (name, listen) => listeners.add(listen),
      off: (name, listen) => listeners.delete(listen),
    };
  }

  const actions = {
    click: (node) => node.click(),
    set: (node, value) => {
      node.value = value;
      node.dispatchEvent(new Event("input", { bubbles: true }));
    },
    choose: (node, value) => {
      node.value = value;
      node.dispatchEvent(new Event("change", { bubbles: true }));
    },
  };

  for (const frame of document.querySelectorAll(".frame")) {
    const kernel = frame.querySelector("script.kernel");
    if (kernel) nnlibWidgets[kernel.dataset.kind].render({ model: standIn(JSON.parse(kernel.textContent)), el: frame });
    for (const [action, selector, value] of JSON.parse(frame.dataset.do)) actions[action](frame.querySelector(selector), value);
  }
  scrollTo(0, 0); // some of them have taken the focus

  const ground = document.getElementById("ground");
  ground.addEventListener("change", () => {
    const [place, kind] = ground.value.split(" ");
    const { dataset: page } = document.documentElement;
    const { classList, dataset: body } = document.body;
    delete page.theme;
    delete body.jpThemeLight;
    delete body.vscodeThemeKind;
    classList.remove("vscode-light", "vscode-dark", "vscode-high-contrast");
    if (place === "page") page.theme = kind;
    if (place === "lab") body.jpThemeLight = String(kind === "light");
    if (place === "code") {
      classList.add(`vscode-${kind}`);
      body.vscodeThemeKind = `vscode-${kind}`;
    }
  });
})();
