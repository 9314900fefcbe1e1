// node python.mjs FOLDER: the page's Python in Node, of the files that tools/live_files.py makes and FOLDER holds.
//
// Each line of the input is a question as JSON, {"name": "module:function", "kwargs": {...}}; each is answered by a line:
// {"values": [...], "printed": "…"}, with every value that it yields or the one that it returns, or {"error": {...}}.
import fs from "node:fs";
import path from "node:path";
import readline from "node:readline";
import { pathToFileURL } from "node:url";

const folder = path.resolve(process.argv[2]);
const from = (name) => import(pathToFileURL(name));
const { loadPyodide } = await from(path.join(folder, "pyodide.mjs"));
const { unpack } = await from(path.join(import.meta.dirname, "../../book/widgets/live/pack.mjs"));

let printed = "";
const tell = (text) => { printed += `${text}\n`; };
const python = await loadPyodide({ indexURL: `${folder}/`, convertNullToNone: true, stdout: tell, stderr: tell });
unpack(python.FS, new Uint8Array(fs.readFileSync(path.join(folder, "numpy.pack"))), "/lib/python3.14/site-packages");
unpack(python.FS, new Uint8Array(fs.readFileSync(path.join(folder, "book.pack"))), "/book");
python.runPython("import sys; sys.path.insert(0, '/book')");
const bridge = python.pyimport("widgets.live.bridge");

// As worker.mjs does it, but for messages from the page.
function answer({ name, kwargs }) {
  printed = "";
  const values = [];
  const call = bridge.Call(name, bridge.arrays(python.toPy(kwargs)));
  for (;;) {
    const { state, value } = call.step().toJs({ dict_converter: Object.fromEntries });
    if (state === "error") return { error: value, printed };
    if (state === "yield" || !values.length || value !== null) values.push(value);
    if (state === "done") return { values, printed };
  }
}

// JSON has no word for numbers that are not finite; typed arrays are lists.
const plain = (_, value) => {
  if (ArrayBuffer.isView(value)) return Array.from(value);
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
};

for await (const line of readline.createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(answer(JSON.parse(line)), plain)}\n`);
}
