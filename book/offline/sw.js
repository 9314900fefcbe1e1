// A service worker for the whole book: what was read, or kept by offline.js, is there without a network, too.
//
// Network first: with a network nobody sees a page of an older build. The copies are for when it does not answer, or,
// for a page, not within PATIENCE. Only Pyodide's files come from the copies first: their folders are named by a hash of
// what is in them. tools/offline.py puts the lists before this file: KEPT, the files that are worth a copy, and FIXED,
// the folders that never change.

const ROOT = new URL("./", location.href).href;
const NAME = `nnlib-book ${new URL(ROOT).pathname}`;
const PATIENCE = 4000; // ms
const LOST = "offline.html";
const RECORD = "offline-kept.json"; // offline.js's own

// A copy's key is the file's address alone: which build it is of, the rest of an address tells (?v=...).
const path = (url) => (url.startsWith(ROOT) ? url.slice(ROOT.length).replace(/[?#].*$/, "") : null);
const key = (name) => new URL(name, ROOT).href;
const isFixed = (name) => FIXED.some((folder) => name.startsWith(folder));
const isWorthIt = (name) => isFixed(name) || KEPT.has(name);

const late = (ms) => new Promise((done) => { setTimeout(done, ms); });

async function copy(name) {
  return (await caches.open(NAME)).match(key(name));
}

async function store(name, reply) {
  await (await caches.open(NAME)).put(key(name), reply);
}

// A reader may have all copies removed while a file is still on its way: it must not begin a new store, which has not even
// the page that stands for a lost one.
async function storeMore(name, reply) {
  const cache = await caches.open(NAME);
  if (await cache.match(key(LOST))) await cache.put(key(name), reply);
  else if (!(await cache.keys()).length) await caches.delete(NAME);
}

function keep(event, name, reply) {
  // What a host answers by another address may not be given as the answer to a page.
  if (reply.ok && !reply.redirected && isWorthIt(name)) event.waitUntil(storeMore(name, reply.clone()));
}

async function fixed(event, name) {
  const kept = await copy(name);
  if (kept) return kept;
  const reply = await fetch(event.request);
  keep(event, name, reply);
  return reply;
}

async function fresh(event, name) {
  const isPage = event.request.mode === "navigate";
  // A host may allow a browser to show a page for some minutes without asking; then it would be of the last build.
  const network = (isPage ? fetch(event.request, { cache: "no-cache" }) : fetch(event.request)).then((reply) => {
    keep(event, name, reply);
    return reply;
  });
  event.waitUntil(network.catch(() => null));
  try {
    if (!isPage) return await network;
    return (await Promise.race([network, late(PATIENCE)])) ?? (await copy(name)) ?? (await network);
  } catch (lost) {
    const kept = (await copy(name)) ?? (isPage ? await copy(LOST) : null);
    if (kept) return kept;
    throw lost;
  }
}

addEventListener("install", (event) => {
  event.waitUntil(fetch(key(LOST)).then((reply) => store(LOST, reply)).then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  const clean = async () => {
    const cache = await caches.open(NAME);
    const old = (await cache.keys()).filter(({ url }) => path(url) !== RECORD && !isWorthIt(path(url)));
    await Promise.all(old.map((request) => cache.delete(request)));
    await clients.claim();
  };
  event.waitUntil(clean());
});

addEventListener("fetch", (event) => {
  let name = event.request.method === "GET" ? path(event.request.url) : null;
  if (name !== null && (name === "" || name.endsWith("/"))) name += "index.html";
  if (name !== null && isWorthIt(name)) event.respondWith(isFixed(name) ? fixed(event, name) : fresh(event, name));
  else if (name !== null && event.request.mode === "navigate") event.respondWith(fresh(event, name));
});
