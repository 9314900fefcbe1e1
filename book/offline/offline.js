// The page's side of reading without a network (sw.js answers then).
//
// At once: copies of this page and of what it has loaded, which the browser has anyway, so that nothing is fetched again.
// When the page has been open and visible for IDLE seconds: one by one, at low priority, the other pages' files, unless
// the reader saves data; while Python starts, none. A line at the page's foot tells how much is there, and takes it away
// for good.
//
// Once Python has been started in a page: what it is made of, with the programs of all figures, so that it starts without
// a network in every page that is kept.
(() => {
  const IDLE = 20;
  const SWITCH = "nnlib-offline"; // "off" in localStorage
  const ROOT = new URL("../", document.currentScript.src).href;
  const NAME = `nnlib-book ${new URL(ROOT).pathname}`;
  const DONE = new URL("offline-kept.json", ROOT).href; // a copy of no file: which files of which content are there
  const SUMS = new URL("offline-used.json", ROOT).href;
  const LIVE = document.querySelector("meta[name='nnlib-live']")?.content;
  if (!("serviceWorker" in navigator && "caches" in globalThis && location.protocol.startsWith("http"))) return;

  const name = (url) => (url.startsWith(ROOT) ? url.slice(ROOT.length).replace(/[?#].*$/, "") : null);
  const isOff = () => localStorage.getItem(SWITCH) === "off";
  const savesData = () => Boolean(navigator.connection?.saveData);
  const late = (ms) => new Promise((done) => { setTimeout(done, ms); });

  // A reader who has pressed a button waits for Python's files; the others can wait.
  let isStarting = false;
  const canWait = () => document.hidden || isStarting;

  async function list() {
    const reply = await fetch(new URL("offline.json", ROOT), { cache: "no-cache" });
    if (!reply.ok) throw new Error(`offline.json: ${reply.status}`);
    return reply.json(); // { path: hash }
  }

  async function kept(cache) {
    return (await (await cache.match(DONE))?.json()) ?? {};
  }

  // What this page has loaded, from the browser's own store.
  async function keepThis() {
    const cache = await caches.open(NAME);
    const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
    for (const url of new Set([location.href.replace(/#.*/, ""), ...loaded])) {
      let path = name(url);
      if (path === null || path.startsWith("_downloads/") || path.startsWith("_static/live/")) continue;
      if (path === "" || path.endsWith("/")) path += "index.html";
      const key = new URL(path, ROOT).href;
      if (await cache.match(key)) continue;
      const reply = await fetch(url, { cache: "force-cache" }).catch(() => null);
      if (reply?.ok && !reply.redirected && !isOff()) await cache.put(key, reply);
    }
  }

  // Python's files, of which the worker has just loaded most: the browser has them, and the service worker, too, unless it
  // came later than they did.
  async function keepPython() {
    await navigator.serviceWorker.ready;
    const own = name(new URL(LIVE, document.baseURI).href);
    const cache = await caches.open(NAME);
    const sums = await (await fetch(SUMS, { cache: "no-cache" })).json();
    const loaded = new Set(performance.getEntriesByType("resource").map((entry) => name(entry.name)));
    for (const path of Object.keys(sums)) {
      if (!path.startsWith("_static/live/") || path.endsWith(".txt")) continue;
      // Other figures' programs were not asked for: they come unless the reader saves data.
      const isProgram = path.startsWith(`${own}book/`) && !loaded.has(path);
      const url = new URL(path, ROOT).href;
      if ((isProgram && savesData()) || (await cache.match(url))) continue;
      const reply = await fetch(url, { priority: "low", cache: "force-cache" });
      if (isOff()) return;
      if (reply.ok && !reply.redirected) await cache.put(url, reply);
    }
    retell();
  }

  // Whether all is there that starts Python.
  async function hasPython() {
    if (LIVE === undefined) return false;
    const cache = await caches.open(NAME);
    const base = new URL(LIVE, document.baseURI).href;
    const listed = await (await cache.match(new URL("files.json", base)))?.json();
    const paths = ["worker.mjs", "pack.mjs", "scope.mjs", ...Object.values(listed ?? {}).map(({ path }) => path)];
    const copies = await Promise.all(paths.map((path) => cache.match(new URL(path, base))));
    return listed !== undefined && copies.every(Boolean);
  }

  async function keepAll(report) {
    const wanted = await list();
    const cache = await caches.open(NAME);
    const done = await kept(cache);
    const here = new Set([...document.images].map((image) => name(image.src)));
    const missing = Object.keys(wanted).filter((path) => done[path] !== wanted[path]);
    // This page's pictures first, which the browser has not needed so far.
    missing.sort((a, b) => here.has(b) - here.has(a));
    let left = missing.length;
    for (const path of missing) {
      while (canWait()) await late(1000);
      if (isOff()) return;
      report(left);
      const url = new URL(path, ROOT).href;
      const reply = await fetch(url, { priority: "low", cache: "no-cache" });
      if (!reply.ok) throw new Error(`${path}: ${reply.status}`);
      await cache.put(url, reply);
      done[path] = wanted[path];
      left -= 1;
      if (left % 10 === 0) await cache.put(DONE, new Response(JSON.stringify(done)));
    }
    if (!isOff()) report(0);
  }

  async function begin() {
    const registration = await navigator.serviceWorker.register(new URL("sw.js", ROOT), { updateViaCache: "none" });
    // The browser itself looks for a newer one only when this one has nothing to do.
    if (registration.active) registration.update().catch(() => {}); // without a network, say
    await navigator.serviceWorker.ready;
    await keepThis();
  }

  async function end() {
    const registration = await navigator.serviceWorker.getRegistration(ROOT);
    await registration?.unregister();
    await caches.delete(NAME);
  }

  // The line at the page's foot.
  const line = document.createElement("p");
  const words = document.createElement("span");
  const button = document.createElement("button");
  line.className = "nnlib-offline d-print-none";
  button.type = "button";
  button.className = "btn btn-sm btn-outline-secondary";
  line.append(words, " ", button);
  let pressed = null;
  button.addEventListener("click", () => pressed());

  let python = "";
  let said = "";

  function say(text, act, does) {
    if (!line.isConnected) document.querySelector(".bd-footer-content .footer-item:last-child")?.append(line);
    said = text;
    words.textContent = `${text}${isOff() ? "" : python}`;
    button.textContent = act;
    pressed = does;
  }

  // Says anew whether Python is there, too.
  async function retell() {
    python = (await hasPython()) ? " Python starts offline, too." : "";
    if (line.isConnected && !isOff()) words.textContent = `${said}${python}`;
  }

  const turnOff = async () => {
    localStorage.setItem(SWITCH, "off");
    python = "";
    await end();
    say("This browser keeps no copy of the book.", "Keep one, to read offline", turnOn);
  };
  const turnOn = async () => {
    localStorage.removeItem(SWITCH);
    await begin();
    await fill();
  };

  function tell(left) {
    if (left) say(`Keeping the book, to be read offline: ${left} files to come.`, "Stop, and remove it", turnOff);
    else say("The whole book can be read offline.", "Remove it from this browser", turnOff);
  }

  async function fill() {
    try {
      await keepAll(tell);
    } catch {
      say("The pages that you have opened can be read offline.", "Remove them from this browser", turnOff);
    }
  }

  async function idle() {
    for (let second = 0; second < IDLE; second += document.hidden ? 0 : 1) await late(1000);
    return !savesData() && navigator.connection?.type !== "cellular" && navigator.onLine && !isOff();
  }

  async function start() {
    if (isOff()) {
      await end();
      say("This browser keeps no copy of the book.", "Keep one, to read offline", turnOn);
      return;
    }
    await begin();
    await retell();
    const cache = await caches.open(NAME);
    if (Object.keys(await kept(cache)).length) tell(0);
    else say("The pages that you have opened can be read offline.", "Keep the whole book", turnOn);
    if (await idle()) await fill();
  }

  document.addEventListener("nnlib-live", ({ detail }) => {
    isStarting = detail === "loading";
    if (detail === "ready" && !isOff()) keepPython().catch(() => {}); // without a network, say: another start will do
  });
  addEventListener("load", () => { start().catch((error) => console.warn("No offline reading:", error.message)); });
})();
