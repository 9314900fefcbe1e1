// node live_files.mjs FOLDER: compiles, in Pyodide itself, the modules that a start of Python in the page imports.
//
// FOLDER holds Pyodide, numpy.pack and book.pack. python_stdlib.zip and both packs are written anew, with the compiled
// modules in place of their sources (the book's beside them, which a reader may ask for). Compiling takes WebAssembly
// longer than all the rest of a start.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const folder = path.resolve(process.argv[2]);
const [script, live] = [path.resolve(process.argv[3]), path.resolve(process.argv[4])];
const { loadPyodide } = await import(pathToFileURL(path.join(folder, "pyodide.mjs")));
const { unpack } = await import(pathToFileURL(path.join(live, "pack.mjs")));
const read = (name) => new Uint8Array(fs.readFileSync(path.join(folder, name)));

const python = await loadPyodide({ indexURL: `${folder}/` });
unpack(python.FS, read("numpy.pack"), "/lib/python3.14/site-packages");
unpack(python.FS, read("book.pack"), "/book");
for (const name of ["python_stdlib.zip", "numpy.pack", "book.pack"]) python.FS.writeFile(`/${name}`, read(name));
python.runPython(fs.readFileSync(script, "utf-8"));
for (const name of ["python_stdlib.zip", "numpy.pack", "book.pack"]) {
  fs.writeFileSync(path.join(folder, name), python.FS.readFile(`/${name}`));
}
