/*
 * Caches the shell, so that the installed application opens and can say that the server is away.
 * Titles, artwork and answers of the API are never cached: they belong to the server.
 */
const SHELL = ["{{files}}"];
const CACHE = "shell {{assets}}";
const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

worker.addEventListener("install", (event) => {
  event.waitUntil(keepShell().then(() => worker.skipWaiting()));
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(dropOthers().then(() => worker.clients.claim()));
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate") event.respondWith(pageOrShell(request));
  else if (SHELL.includes(new URL(request.url).pathname)) event.respondWith(keptOrFetched(request));
});

async function keepShell() {
  const cache = await caches.open(CACHE);
  // The Accept header says that the page is wanted at `/`, not the greeting.
  await cache.add(new Request("/", { headers: { Accept: "text/html" } }));
  await cache.addAll(SHELL.filter((path) => path !== "/"));
}

async function dropOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
}

/** @param {Request} request */
async function pageOrShell(request) {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match("/", { ignoreVary: true })) ?? Response.error();
  }
}

/** @param {Request} request */
async function keptOrFetched(request) {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}
