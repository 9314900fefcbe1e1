// In the service worker's place where the book is built without one: takes away an earlier build's, and its copies.
const NAME = `nnlib-book ${new URL("./", location.href).pathname}`;

addEventListener("install", () => { skipWaiting(); });

addEventListener("activate", (event) => {
  event.waitUntil(caches.delete(NAME).then(() => registration.unregister()));
});
