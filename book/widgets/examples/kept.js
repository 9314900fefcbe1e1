// What the examples say that a reader has done, in place of what the browser keeps: pages from the disk share that, the
// built book among them.
(() => {
  const kept = {};
  for (const frame of document.querySelectorAll(".frame")) {
    for (const [kind, values] of Object.entries(JSON.parse(frame.dataset.kept))) kept[kind] = { ...kept[kind], ...values };
  }
  let text = JSON.stringify(kept);
  const storage = {
    getItem: () => text,
    setItem: (_, value) => { text = value; },
    removeItem: () => { text = null; },
  };
  Object.defineProperty(globalThis, "localStorage", { value: storage });
})();
