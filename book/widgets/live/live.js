// The page's one Python: starts the worker, calls functions in it, and stops it.
(() => {
  const widgets = (globalThis.nnlibWidgets ??= {});
  const PLACE = "meta[name='nnlib-live']";

  // "" if Python can run on this page, else what the reader can do about it.
  function why() {
    if (!document.querySelector(PLACE)) return "This copy of the book was built without Python for the browser.";
    if (location.protocol === "file:") {
      return "Python needs the book over http, and this page comes from the disk: run `make serve`, or read it where it is published.";
    }
    if (!globalThis.WebAssembly || !globalThis.Worker || !globalThis.DecompressionStream) {
      return "This browser cannot run Python: it has no WebAssembly, or it is older than 2023.";
    }
    return "";
  }

  // Where the files lie, as an absolute address.
  const base = () => new URL(document.querySelector(PLACE).content, document.baseURI).href;

  let worker = null;
  let starting = null; // a promise, while it loads and afterwards
  let fail = null; // rejects it
  let count = 0;
  const calls = new Map(); // id: { show, print, resolve, reject }
  const listeners = new Set(); // of progress
  let state = "off";

  function turn(next) {
    if (state === next) return;
    state = next;
    document.dispatchEvent(new CustomEvent("nnlib-live", { detail: state }));
  }

  const aborted = (text) => new DOMException(text, "AbortError");

  // Ends the worker at once, whatever it does. What was open is rejected.
  function end(error) {
    worker?.terminate();
    const open = [...calls.values()];
    const rejectStart = fail;
    worker = starting = fail = null;
    calls.clear();
    listeners.clear();
    turn("off");
    rejectStart?.(error);
    for (const call of open) call.reject(error);
  }

  function start({ progress } = {}) {
    if (progress) listeners.add(progress);
    if (starting) return starting;
    const problem = why();
    if (problem) return Promise.reject(new Error(problem));
    turn("loading");
    starting = new Promise((resolve, reject) => {
      fail = reject;
      worker = new Worker(new URL("worker.mjs", base()), { type: "module", name: "nnlib" });
      const mine = worker;
      worker.addEventListener("message", ({ data }) => {
        if (worker !== mine) return; // of a worker that was stopped
        if (data.kind === "progress") {
          for (const tell of listeners) tell(data.loaded, data.total);
        } else if (data.kind === "ready") {
          fail = null;
          listeners.clear();
          turn("ready");
          resolve();
        } else if (data.kind === "failed") {
          end(new Error(`Python did not start: ${data.message}. Reload the page, and try again.`));
        } else if (data.kind === "fatal") {
          end(new Error(`Python broke off: ${data.message}. The next run starts it anew.`));
        } else {
          receive(data);
        }
      });
      worker.addEventListener("error", (event) => {
        if (worker !== mine) return;
        event.preventDefault();
        end(new Error(`Python did not start: ${event.message || "its worker could not be loaded"}. Reload the page, and try again.`));
      });
      worker.postMessage({ kind: "start" });
    });
    return starting;
  }

  async function receive({ id, kind, value }) {
    const call = calls.get(id);
    if (!call) return;
    if (kind === "print") {
      call.print?.(value);
    } else if (kind === "show") {
      try {
        await call.show?.(value);
      } finally {
        worker?.postMessage({ kind: "shown", id });
      }
    } else {
      calls.delete(id);
      if (kind === "done") call.resolve(value);
      else call.reject(Object.assign(new Error(value.message), { line: value.line, traceback: value.traceback }));
    }
  }

  // Calls "module:function" with named arguments. Of a generator, show(value) gets each value; where it returns a promise,
  // the run does not go on much further before that is kept. The promise has send(message), for a generator that listens.
  function call(name, kwargs = {}, { show, print, signal } = {}) {
    if (state !== "ready") return Promise.reject(new Error("Python has not been started"));
    if (signal?.aborted) return Promise.reject(aborted("The run was ended."));
    count += 1;
    const id = count;
    const promise = new Promise((resolve, reject) => {
      calls.set(id, { show, print, resolve, reject });
      signal?.addEventListener("abort", () => {
        if (!calls.delete(id)) return;
        worker?.postMessage({ kind: "end", id });
        reject(aborted("The run was ended."));
      });
      worker.postMessage({ kind: "call", id, name, kwargs });
    });
    return Object.assign(promise, {
      send(message) {
        if (calls.has(id)) worker?.postMessage({ kind: "send", id, message });
      },
    });
  }

  widgets.live = {
    why,
    base,
    start,
    call,
    cancel: () => state === "loading" && end(aborted("Loading was cancelled.")),
    stop: () => end(aborted("Python was stopped.")),
    get state() {
      return state;
    },
  };
})();
