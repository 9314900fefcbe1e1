// Files in one: a line of JSON, which lists [path, bytes], and then what they hold. tools/live_files.py writes it.

// Writes the files below `root` in Pyodide's file system.
export function unpack(FS, content, root) {
  const all = new Uint8Array(content);
  const end = all.indexOf(10);
  let at = end + 1;
  let folder = "";
  for (const [path, bytes] of JSON.parse(new TextDecoder().decode(all.subarray(0, end)))) {
    const place = `${root}/${path}`;
    if (folder !== place.slice(0, place.lastIndexOf("/"))) {
      folder = place.slice(0, place.lastIndexOf("/"));
      FS.mkdirTree(folder);
    }
    FS.writeFile(place, all.subarray(at, at + bytes));
    at += bytes;
  }
}
