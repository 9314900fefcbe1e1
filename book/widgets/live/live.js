// The page's one Python: starts the worker, calls functions in it, and stops it.
(() => {
  const widgets = (globalThis.nnlibWidgets ??= {});
  const PLACE = "meta[name='nnlib-live']";

  // Whether the book was built with Python for the browser.
  const offered = () => document.querySelector(PLACE) !== null;

  // "" if Python can run on this page, else what the reader can do about it.
  function why() {
    if (!offered()) return "This copy of the book was built without Python for the browser.";
    if (location.protocol === "file:") {
      return "Python needs the book over http, and this page comes from the disk: run `make serve`, or read it where it is published.";
    }
    if (!globalThis.WebAssembly) {
      return "This browser cannot run Python, because its WebAssembly is off. Allow it for this site (Lockdown Mode of an iPhone "
        + "or a Mac, “Enhance your security” in Edge and javascript.options.wasm in Firefox turn it off), or use another browser.";
    }
    if (!globalThis.Worker || !globalThis.DecompressionStream) {
      return "This browser cannot run Python, because it is older than 2023. Update it, or use a newer one.";
    }
    return "";
  }

  // Where the files lie, as an absolute address; the page's name among them; the editor's script, if there is one.
  function place() {
    const { content, dataset } = document.querySelector(PLACE);
    return { base: new URL(content, document.baseURI).href, page: dataset.page ?? "", editor: dataset.editor ?? "" };
  }

  const NO_NETWORK = "Python was not loaded before, and there is no network now. Connect, and press again: from then on it "
    + "starts without one, too, unless this browser keeps no copy of the book (the foot of the page says).";
  const PATIENCE = 4000; // ms

  // Why Python did not start: `told`, or that the site cannot be reached, which a copy of its files must not hide. A
  // service worker leaves this question to the network.
  async function reason(told) {
    const asked = { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(PATIENCE) };
    const answers = await fetch(new URL("worker.mjs", place().base), asked).then(() => true, () => false);
    return new Error(answers ? `Python did not start: ${told}. Reload the page, and try again.` : NO_NETWORK);
  }

  let worker = null;
  let starting = null; // a promise, while it loads and afterwards
  let fail = null; // rejects it
  let count = 0;
  let session = 0;
  const open = new Map(); // calls by their ids: { show, print, resolve, reject }
  const listeners = new Set(); // of progress
  let state = "off";

  function turn(next) {
    if (state === next) return;
    state = next;
    document.dispatchEvent(new CustomEvent("nnlib-live", { detail: state }));
  }

  const post = (message) => worker?.postMessage(message, []);
  const aborted = (text) => new DOMException(text, "AbortError");

  // Ends the worker at once, whatever it does. What was open is rejected.
  function end(error) {
    worker?.terminate();
    const rejected = [...open.values(), { reject: fail }];
    worker = starting = fail = null;
    open.clear();
    listeners.clear();
    turn("off");
    for (const { reject } of rejected) reject?.(error);
  }

  // Whoever gives it up, by `signal`, waits and hears no more; for others, or the next press, it goes on.
  function start({ progress, signal } = {}) {
    const problem = why();
    if (problem) return Promise.reject(new Error(problem));
    if (progress) listeners.add(progress);
    const givenUp = new Promise((_, reject) => {
      signal?.addEventListener("abort", () => {
        listeners.delete(progress);
        reject(aborted("The start was given up."));
      });
    });
    return Promise.race([givenUp, starting ?? begin()]);
  }

  function begin() {
    turn("loading");
    session += 1;
    starting = new Promise((resolve, reject) => {
      fail = reject;
      worker = new Worker(new URL("worker.mjs", place().base), { type: "module", name: "nnlib" });
      const mine = worker;
      const failed = async (told) => {
        const error = await reason(told);
        if (worker === mine) end(error);
      };
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
          failed(data.message);
        } else if (data.kind === "fatal") {
          end(new Error(`Python broke off: ${data.message}. The next run starts it anew.`));
        } else {
          receive(data);
        }
      });
      worker.addEventListener("error", (event) => {
        if (worker !== mine) return;
        event.preventDefault();
        failed(event.message || "its worker could not be loaded");
      });
    });
    return starting;
  }

  async function receive({ id, kind, value }) {
    const asked = open.get(id);
    if (!asked) return;
    if (kind === "print") {
      asked.print?.(value);
    } else if (kind === "show") {
      try {
        await asked.show?.(value);
      } finally {
        post({ kind: "shown", id });
      }
    } else {
      open.delete(id);
      if (kind === "done") asked.resolve(value);
      else asked.reject(Object.assign(new Error(value.message), { line: value.line, traceback: value.traceback }));
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
      open.set(id, { show, print, resolve, reject });
      signal?.addEventListener("abort", () => {
        if (!open.delete(id)) return;
        post({ kind: "end", id });
        reject(aborted("The run was ended."));
      });
      post({ kind: "call", id, name, kwargs });
    });
    return Object.assign(promise, {
      send(message) {
        if (open.has(id)) post({ kind: "send", id, message });
      },
    });
  }

  widgets.live = {
    offered,
    why,
    place,
    base: () => place().base,
    start,
    call,
    cancel: () => state === "loading" && end(aborted("Loading was cancelled.")),
    stop: () => end(aborted("Python was stopped.")),
    // How much `start` loads; NaN where the page does not say.
    get bytes() {
      return Number(document.querySelector(PLACE)?.dataset.bytes ?? NaN);
    },
    // The same in words, for a button's title.
    get price() {
      return this.bytes ? `The first press loads ${(this.bytes / 1e6).toFixed(1)} MB of Python into this page` : "";
    },
    get state() {
      return state;
    },
    // Which of the page's starts this is: what was kept in an earlier worker is lost.
    get session() {
      return session;
    },
  };
})();
