{% load static %}// Keeps the project's own files in the browser, and nothing else: never a page, never an answer, no patient.
const STATIC = "{% get_static_prefix %}";
const FILES = ["{% static 'vendor/bootstrap.parts.min.css' %}", "{% static 'app.css' %}", "{% static 'app.js' %}", "{% static 'board.js' %}", "{% static 'icons.svg' %}"];
const KEPT = `static ${FILES.join(" ")}`;
// A name with a digest of the file in it: what it holds never changes.
const LASTING = /\.[0-9a-f]{12}\.[a-z0-9]+$/;

async function fetched(request) {
  const cache = await caches.open(KEPT);
  const path = new URL(request.url).pathname;
  const kept = await cache.match(request);
  if (kept && LASTING.test(path)) return kept;
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put(request, answer.clone());
    return answer;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => {
  const others = async () => (await caches.keys()).filter((name) => name !== KEPT).map((name) => caches.delete(name));
  event.waitUntil(others().then((gone) => Promise.all(gone)).then(() => self.clients.claim()));
});
self.addEventListener("fetch", (event) => {
  const { origin, pathname } = new URL(event.request.url);
  const isOurs = event.request.method === "GET" && origin === self.location.origin && pathname.startsWith(STATIC);
  if (isOurs) event.respondWith(fetched(event.request));
});
