// Python in a worker: Pyodide with NumPy, nnlib and the book's modules. live.js, on the page, starts it and talks to it.
//
// In:  {kind: "call", id, name, kwargs}, {kind: "send", id, message}, {kind: "shown", id}, {kind: "end", id}
// Out: {kind: "progress", loaded, total}, {kind: "ready"}, {kind: "failed", message},
//      {id, kind: "show" | "print" | "done" | "error", value}

import { unpack } from "./pack.mjs";
import { narrow } from "./scope.mjs";

// For the worker's own use: nobody else's code reaches them.
const { fetch, postMessage } = globalThis;
narrow(globalThis);

const SITE = "/lib/python3.14/site-packages";
const BOOK = "/book";
const AHEAD = 2; // so many values may wait to be drawn; then a run waits for the page

let python = null;
let bridge = null;
const calls = new Map(); // id: { messages, shown, ended, wake }

// ------------------------------------------------------------------------------------------------------------- loading

// The files that are listed in files.json, each fetched, unpacked and checked, with a report of how much has come.
class Files {
  constructor(list, report) {
    this.list = list;
    this.report = report;
    this.loaded = 0;
    this.total = Object.values(list).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  url(name) {
    return new URL(this.list[name].path, import.meta.url).href;
  }

  count(bytes) {
    this.loaded += bytes;
    this.report(this.loaded, this.total);
  }

  async bytes(name) {
    const { sha256, path } = this.list[name];
    const reply = await fetch(this.url(name));
    if (!reply.ok) throw new Error(`${path} is not there (${reply.status})`);
    let stream = reply.body.pipeThrough(new TransformStream({
      transform: (chunk, out) => {
        this.count(chunk.length);
        out.enqueue(chunk);
      },
    }));
    if (path.endsWith(".gz")) stream = await unpacked(stream);
    const content = await new Response(stream).arrayBuffer().catch(() => damaged(name));
    // Browsers have it for https and for localhost alone.
    if (globalThis.crypto.subtle) {
      const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
      if ([...sum].map((byte) => byte.toString(16).padStart(2, "0")).join("") !== sha256) damaged(name);
    }
    return content;
  }
}

function damaged(name) {
  throw new Error(`${name} is damaged: it is not the file that the book was built with`);
}

// Some servers unpack what ends in .gz themselves: its first two bytes tell.
async function unpacked(stream) {
  const [peek, all] = stream.tee();
  const reader = peek.getReader();
  const { value: first = [] } = await reader.read();
  reader.cancel();
  return first[0] === 0x1f && first[1] === 0x8b ? all.pipeThrough(new DecompressionStream("gzip")) : all;
}

async function start() {
  const reply = await fetch(new URL("files.json", import.meta.url));
  const list = await reply.json();
  const files = new Files(list, (loaded, total) => postMessage({ kind: "progress", loaded, total }));
  const scripts = Object.keys(list).filter((name) => name.endsWith(".mjs"));
  const fetched = Object.fromEntries(
    Object.keys(list).filter((name) => !scripts.includes(name)).map((name) => [name, files.bytes(name)]),
  );
  const all = Promise.all(Object.values(fetched));
  all.catch(() => {}); // told below
  const { loadPyodide } = await import(files.url("pyodide.mjs"));
  // Pyodide asks for its files by their names. It gets what was fetched and checked, and nothing else is asked for.
  globalThis.fetch = async (asked) => {
    const name = String(asked.url ?? asked).split("/").at(-1);
    if (!(name in fetched)) throw new TypeError(`Python in the page asks for nothing from elsewhere: ${name}`);
    const type = name.endsWith(".wasm") ? "application/wasm" : "application/octet-stream";
    return new Response(await fetched[name], { headers: { "Content-Type": type } });
  };
  const loading = loadPyodide({
    indexURL: new URL("./", files.url("pyodide.mjs")).href,
    lockFileContents: fetched["pyodide-lock.json"].then((content) => new TextDecoder().decode(content)),
    convertNullToNone: true,
  });
  [python] = await Promise.all([loading, all]);
  for (const name of scripts) files.count(list[name].bytes); // by an import, which does not tell how far it is
  unpack(python.FS, await fetched["numpy.pack"], SITE);
  unpack(python.FS, await fetched["book.pack"], BOOK);
  python.setStdout(printer());
  python.setStderr(printer());
  python.runPython(`import sys; sys.path.insert(0, "${BOOK}")`);
  bridge = python.pyimport("widgets.live.bridge");
  for (const name of Object.keys(fetched)) delete fetched[name];
}

// ------------------------------------------------------------------------------------------------------------ printing

const PAUSE = 80; // ms from one message to the next: a loop that never ends must not flood the page
const MOST = 20_000; // letters in one

let printing = null; // the call whose step is running: what is printed otherwise, nobody waits for
let printed = ""; // by it, and not yet sent
let left = 0; // letters that were left out before that
let sentAt = 0;

function tell(text) {
  if (printing === null) return;
  printed += text;
  if (printed.length > 2 * MOST) cut();
  if (performance.now() - sentAt > PAUSE) send();
}

function cut() {
  left += Math.max(printed.length - MOST, 0);
  printed = printed.slice(-MOST);
}

function send() {
  cut();
  const hole = left ? `… ${left.toLocaleString("en")} letters are left out …\n` : "";
  if (printed) postMessage({ id: printing, kind: "print", value: `${hole}${printed}` });
  [printed, left, sentAt] = ["", 0, performance.now()];
}

// Of Python's bytes, which may end within a letter.
function printer() {
  const decoder = new TextDecoder();
  return {
    write(bytes) {
      tell(decoder.decode(bytes, { stream: true }));
      return bytes.length;
    },
  };
}

// ------------------------------------------------------------------------------------------------------------- calling

// Lets what was posted to this worker come in.
const breath = (() => {
  const { port1, port2 } = new MessageChannel();
  const waiting = [];
  port1.addEventListener("message", () => waiting.shift()());
  port1.start();
  return () => new Promise((done) => {
    waiting.push(done);
    port2.postMessage(0);
  });
})();

function step(call, id, message) {
  const given = python.toPy(message);
  printing = id;
  let result = null;
  try {
    result = call.step(given);
  } finally {
    send();
    printing = null;
  }
  given?.destroy?.();
  const told = result.toJs({ dict_converter: Object.fromEntries });
  result.destroy();
  return told;
}

async function run(id, name, kwargs) {
  const me = { messages: [], shown: 0, ended: false, wake() {} };
  const change = () => new Promise((done) => { me.wake = done; });
  calls.set(id, me);
  const given = python.toPy(kwargs);
  const named = bridge.arrays(given);
  const call = bridge.Call(name, named);
  let begun = false; // before its first step a generator cannot be sent anything
  let sent = 0;
  let last = null;
  try {
    for (let waits = false; ;) {
      while (!me.ended && (waits ? !me.messages.length : sent - me.shown >= AHEAD)) await change();
      await breath();
      if (me.ended) {
        call.close();
        return;
      }
      const { state, value } = step(call, id, begun ? me.messages.shift() : undefined);
      begun = true;
      waits = state === "wait";
      if (state === "error") {
        postMessage({ id, kind: "error", value });
        return;
      }
      if (state === "done") {
        postMessage({ id, kind: "done", value: value ?? last });
        return;
      }
      if (state === "yield") {
        sent += 1;
        last = value;
        postMessage({ id, kind: "show", value });
      }
    }
  } catch (error) {
    // Python itself has ended: too deep a recursion, say. The page stops this worker.
    postMessage({ kind: "fatal", message: String(error.message ?? error) });
  } finally {
    calls.delete(id);
    for (const proxy of [call, named, given]) proxy?.destroy?.();
  }
}

addEventListener("message", ({ data }) => {
  const call = calls.get(data.id);
  if (data.kind === "call") {
    run(data.id, data.name, data.kwargs);
  } else if (call) {
    if (data.kind === "send") call.messages.push(data.message);
    if (data.kind === "shown") call.shown += 1;
    if (data.kind === "end") call.ended = true;
    call.wake();
  }
});

// Of a traceback the last line, which names the error.
const failed = (error) => postMessage({ kind: "failed", message: error.message.trim().split("\n").at(-1) });
start().then(() => postMessage({ kind: "ready" }), failed);
