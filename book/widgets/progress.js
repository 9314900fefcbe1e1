// What a reader has done, kept in this browser alone: progress.set(kind, id, value), get(kind, id), all(), clear(). A kind
// is "guess", "exercise" or "clinic", an id "page/name", a value anything that JSON can hold; undefined forgets it. An
// exercise's has `done: true` once it is, a patient's `healed: true`. `nnlib-progress` on the document says that something
// changed, here or in another tab. Where the browser keeps nothing, it lasts as long as the page.
(() => {
  const widgets = (globalThis.nnlibWidgets ??= {});
  if (widgets.progress) return;

  const KEY = "nnlib-progress";
  const CHANGED = "nnlib-progress";
  let unkept = null; // what the browser refused to keep

  const isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

  // Plain records without a prototype, so that no id is mistaken for what every object has.
  function records(text) {
    const found = Object.create(null);
    let parsed = null;
    try {
      parsed = JSON.parse(text);
    } catch {
      return found; // somebody else's, or cut short
    }
    if (!isRecord(parsed)) return found;
    for (const [kind, values] of Object.entries(parsed)) {
      if (isRecord(values)) found[kind] = Object.assign(Object.create(null), values);
    }
    return found;
  }

  // Read anew each time: another tab may have written.
  function all() {
    if (unkept !== null) return records(unkept);
    try {
      return records(localStorage.getItem(KEY));
    } catch {
      return records(null);
    }
  }

  function keep(text) {
    try {
      if (text === null) localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, text);
      unkept = null;
    } catch {
      unkept = text ?? "{}";
    }
    document.dispatchEvent(new CustomEvent(CHANGED));
  }

  const get = (kind, id) => all()[kind]?.[id];

  function set(kind, id, value) {
    const now = all();
    now[kind] ??= Object.create(null);
    if (value === undefined) delete now[kind][id];
    else now[kind][id] = value;
    keep(JSON.stringify(now));
  }

  const clear = () => keep(null);
  // False where nothing outlasts the page.
  const lasts = () => unkept === null;

  addEventListener("storage", ({ key }) => {
    if (key === KEY || key === null) document.dispatchEvent(new CustomEvent(CHANGED));
  });

  widgets.progress = { set, get, all, clear, lasts };
})();
