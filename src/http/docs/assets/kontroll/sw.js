// Keeps the page on the device, so that it opens where there is no network. What is kept answers at once; a newer one is
// fetched behind it and answers the next time.
const CACHE = 'kontroll-v1';
const FILES = ['kontroll.html', 'kontroll.css', 'kontroll.js', 'kort.js', 'ord.js'];

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});
self.addEventListener('activate', (event) => {
  const old = (names) => Promise.all(names.filter((name) => name.startsWith('kontroll-') && name !== CACHE)
    .map((name) => caches.delete(name)));
  event.waitUntil(caches.keys().then(old).then(() => self.clients.claim()));
});
self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || new URL(request.url).origin !== location.origin) return;
  event.respondWith((async () => {
    const cache = await caches.open(CACHE);
    const kept = await cache.match(request, { ignoreSearch: true });
    if (!kept) return fetch(request);
    event.waitUntil(fetch(request).then((newer) => newer.ok && cache.put(request, newer)).catch(() => {}));
    return kept;
  })());
});
