// The editor of the reader's code: a plain text area, and in its place CodeMirror once that is there.
(() => {
  const widgets = (globalThis.nnlibWidgets ??= {});
  let loading = null;

  // CodeMirror's script, once a page, if the book was built with it: a promise of what it offers, or of null.
  function load() {
    const { base, editor: file } = widgets.live.place();
    if (!file) return Promise.resolve(null);
    loading ??= new Promise((done) => {
      const script = widgets.element(null, "script", { src: new URL(file, base).href });
      script.addEventListener("load", () => done(globalThis.nnlibCodeMirror));
      script.addEventListener("error", () => done(null));
      document.head.append(script);
    });
    return loading;
  }

  function openArea(parent, { text, label, onRun, onChange }) {
    const area = widgets.element(parent, "textarea", {
      class: "nx-area", "aria-label": label, spellcheck: "false", autocapitalize: "off", autocomplete: "off", wrap: "off",
    });
    const fit = () => { area.rows = Math.min(Math.max(area.value.split("\n").length, 4), 30); };
    const put = (value) => {
      area.value = value;
      fit();
    };
    put(text);
    area.addEventListener("input", () => {
      fit();
      onChange?.(area.value);
    });
    area.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      onRun?.();
    });
    return {
      dom: area,
      get text() {
        return area.value;
      },
      set text(value) {
        put(value);
        area.setSelectionRange(0, 0);
        area.scrollTop = 0;
      },
      // A text area cannot mark a line: it is selected.
      markLine(line) {
        if (line === null) return;
        const lines = area.value.split("\n");
        const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
        area.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
      },
      focus: () => area.focus(),
      destroy: () => area.remove(),
    };
  }

  // An editor inside `parent`: onRun() is called on Ctrl-Enter (or Cmd-Enter), onChange(text) when the reader has changed
  // it. With `plain`, nothing is loaded for it before upgrade() is called.
  function open(parent, { plain = false, ...options }) {
    const box = widgets.element(parent, "div", { class: "nnlib-editor" });
    let now = openArea(box, options);
    let bundled = false;

    async function upgrade() {
      const codemirror = bundled ? null : await load();
      if (!codemirror || bundled || !box.isConnected) return;
      const focused = box.contains(document.activeElement);
      const better = codemirror.open(box, { ...options, text: now.text });
      now.destroy();
      now = better;
      bundled = true;
      if (focused) now.focus();
    }

    if (!plain) upgrade();
    return {
      get text() {
        return now.text;
      },
      set text(value) {
        now.text = value;
      },
      get bundled() {
        return bundled;
      },
      markLine: (line) => now.markLine(line),
      focus: () => now.focus(),
      upgrade,
    };
  }

  widgets.editor = { open };
})();
