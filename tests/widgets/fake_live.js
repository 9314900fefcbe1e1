// Stands in for the page's worker: each step of a call is taken by the test's own Python.
(() => {
  const KINDS = { u1: Uint8Array, f4: Float32Array, f8: Float64Array };
  const array = ({ kind, bytes }) => new KINDS[kind](Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0)).buffer);
  let state = "off";
  let count = 0;
  globalThis.asked = 0; // how often Python was called
  const turn = (next) => {
    state = next;
    document.dispatchEvent(new CustomEvent("nnlib-live", { detail: state }));
  };

  function call(name, kwargs, { show, signal } = {}) {
    count += 1;
    const id = `${location.pathname} ${performance.timeOrigin} ${count}`; // of no other page
    const messages = [];
    let wake = () => {};
    const run = async () => {
      for (let waits = false; ;) {
        if (waits && !messages.length) await new Promise((done) => { wake = done; });
        if (signal?.aborted) throw new DOMException("ended", "AbortError");
        globalThis.asked += 1;
        const told = await globalThis.askPython(id, name, kwargs, messages.shift() ?? null);
        if (signal?.aborted) throw new DOMException("ended", "AbortError");
        if (told.state === "error") throw new Error(told.value.message);
        if (told.state === "done") return told.value;
        waits = told.state === "wait";
        if (waits) continue;
        await show(Object.fromEntries(Object.entries(told.value).map(([key, value]) => [key, value?.kind ? array(value) : value])));
      }
    };
    const promise = run();
    signal?.addEventListener("abort", () => wake());
    return Object.assign(promise, {
      send(message) {
        messages.push(message);
        wake();
      },
    });
  }

  const fake = {
    why: () => "",
    bytes: 9.3e6,
    call,
    get state() { return state; },
    async start({ progress }) {
      progress(1e6, 9e6);
      turn("loading");
      await new Promise((done) => setTimeout(done, 50));
      turn("ready");
    },
    cancel() {},
    stop: () => turn("off"),
  };
  // The book's own, which is loaded after it, does not take its place.
  globalThis.nnlibWidgets = Object.defineProperty({}, "live", { get: () => fake, set() {} });
})();
