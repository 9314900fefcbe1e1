// node lite_compile.mjs FOLDER SCRIPT: compiles, in Pyodide itself, the modules that a notebook's start imports.
//
// FOLDER holds JupyterLite's Python: Pyodide, its lock, and each package that the lock names. SCRIPT says what is
// imported; what it makes of that, compiled.zip, goes into FOLDER.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [folder, script] = process.argv.slice(2).map((name) => path.resolve(name));
const { loadPyodide } = await import(pathToFileURL(path.join(folder, "pyodide.mjs")));
const { packages } = JSON.parse(fs.readFileSync(path.join(folder, "pyodide-lock.json"), "utf-8"));

const python = await loadPyodide({ indexURL: `${folder}/`, packageCacheDir: folder });
const quiet = { messageCallback: () => null };
await python.loadPackage(Object.keys(packages), quiet);
python.runPython(fs.readFileSync(script, "utf-8"));
fs.writeFileSync(path.join(folder, "compiled.zip"), python.FS.readFile("/compiled.zip"));
