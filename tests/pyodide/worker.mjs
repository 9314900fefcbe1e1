// A worker that runs pytest in Pyodide: it is sent pytest's arguments, and answers with what inside.py returns.
import { loadPyodide } from "./pyodide.mjs";

const WORK = "/work";

async function run(given) {
  const python = await loadPyodide({ stdout() {} });
  await python.loadPackage("numpy", { messageCallback() {} });
  python.unpackArchive(await (await fetch("./project.zip")).arrayBuffer(), "zip", { extractDir: WORK });
  python.runPython(`import sys; sys.path.insert(0, "${WORK}")`);
  return JSON.parse(python.pyimport("inside").run(given));
}

addEventListener("message", ({ data }) => {
  run(data).then(postMessage, (error) => postMessage({ error: String(error) }));
});
