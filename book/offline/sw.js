// A service worker for the whole book: what was read, or kept by offline.js, is there without a network, too.
//
// Network first: with a network nobody sees a page of an older build. The copies are for when it does not answer, or,
// for a page, not within PATIENCE. Only Python's files in the page come from the copies first: their folders are named by
// a hash of what is in them.
//
// What makes Python run, in a page or in JupyterLite, is large, and kept only when a reader has used it. A program that
// runs in JupyterLite can write into these copies; so one of them is served only if it is what this build has made.
//
// tools/offline.py puts before this file: KEPT, the pages' files, which are worth a copy; FIXED, the folders that never
// change; USED, the folders whose files are kept when they are used; and SUM, a hash of the list of those files' hashes.
// The list itself is asked for with the first of them.

const ROOT = new URL("./", location.href).href;
const NAME = `nnlib-book ${new URL(ROOT).pathname}`;
const PATIENCE = 4000; // ms
const LOST = "offline.html";
const RECORD = "offline-kept.json"; // offline.js's own
const SUMS = "offline-used.json"; // { path: hash }

// A copy's key is the file's address alone: which build it is of, the rest of an address tells (?v=...).
const path = (url) => (url.startsWith(ROOT) ? url.slice(ROOT.length).replace(/[?#].*$/, "") : null);
const key = (name) => new URL(name, ROOT).href;
const isFixed = (name) => FIXED.some((folder) => name.startsWith(folder));
const isUsed = (name) => USED.some((folder) => name.startsWith(folder));

const late = (ms) => new Promise((done) => { setTimeout(done, ms); });

async function copy(name) {
  return (await caches.open(NAME)).match(key(name));
}

async function store(name, reply) {
  await (await caches.open(NAME)).put(key(name), reply);
}

async function hash(data) {
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
  return [...sum].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// The hashes of this build's files that are kept when they are used; null where they cannot be had, which is so, too,
// while a newer build is there and its service worker is not.
let asked = null;

function sums() {
  asked ??= findSums().catch(() => null).then((found) => {
    if (!found) asked = null; // the next one may have more luck
    return found;
  });
  return asked;
}

async function findSums() {
  const kept = await (await copy(SUMS))?.arrayBuffer();
  if (kept && (await hash(kept)) === SUM) return JSON.parse(new TextDecoder().decode(kept));
  const reply = await fetch(key(SUMS), { cache: "no-cache" });
  const data = await reply.clone().arrayBuffer();
  if ((await hash(data)) !== SUM) return null;
  await storeMore(SUMS, reply);
  return JSON.parse(new TextDecoder().decode(data));
}

// A copy that may be served: of what is used, only this build's.
async function sound(name) {
  const kept = await copy(name);
  if (!kept || !isUsed(name)) return kept;
  const wanted = (await sums())?.[name];
  if (!wanted) return undefined;
  const data = await kept.arrayBuffer();
  if ((await hash(data)) === wanted) return new Response(data, { headers: kept.headers });
  await (await caches.open(NAME)).delete(key(name));
  return undefined;
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
  if (!reply.ok || reply.redirected) return;
  const same = reply.clone();
  if (KEPT.has(name)) event.waitUntil(storeMore(name, same));
  // The list first: without it the copy would be of no use.
  else if (isUsed(name)) event.waitUntil(sums().then((list) => list && Object.hasOwn(list, name) && storeMore(name, same)));
}

async function fixed(event, name) {
  const kept = await sound(name);
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
    return (await Promise.race([network, late(PATIENCE)])) ?? (await sound(name)) ?? (await network);
  } catch (lost) {
    const kept = (await sound(name)) ?? (isPage ? await copy(LOST) : null);
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
    const there = (await cache.keys()).map(({ url }) => path(url));
    const list = there.some(isUsed) ? await sums() : null;
    // Without the list, which a network that is gone may have kept back, nobody knows: sound() asks again.
    const isOld = (name) => (isUsed(name) ? list && !Object.hasOwn(list, name) : !KEPT.has(name) && ![RECORD, SUMS].includes(name));
    await Promise.all(there.filter(isOld).map((name) => cache.delete(key(name))));
    await clients.claim();
  };
  event.waitUntil(clean());
});

addEventListener("fetch", (event) => {
  let name = event.request.method === "GET" ? path(event.request.url) : null;
  if (name !== null && (name === "" || name.endsWith("/"))) name += "index.html";
  if (name === null) return;
  if (isFixed(name)) event.respondWith(fixed(event, name));
  else if (KEPT.has(name) || isUsed(name) || event.request.mode === "navigate") event.respondWith(fresh(event, name));
});
