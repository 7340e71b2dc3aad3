// The field kit on this phone: its shell and scripts are answered from here, so that it opens without network.
// Nothing of anybody is kept here; people's work lies encrypted in the kit's own store.
const NAME = "field-{{ version }}";
const FILES = {{ files|safe }};
const SHELL = {{ shell|safe }};

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(FILES.map((f) => new Request(f, { cache: "reload" })))).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((n) => n.startsWith("field-") && n !== NAME).map((n) => carry(n).then(() => caches.delete(n)))))
      .then(() => self.clients.claim()),
  );
});
// What an older version fetched beside its own files (the reader of codes) is fetched anew, or else taken along: an update must not lose it.
async function carry(name) {
  const [old, cache] = [await caches.open(name), await caches.open(NAME)];
  for (const request of await old.keys()) {
    if (!/\/(reader|zxing_reader)[^/]*$/.test(new URL(request.url).pathname)) continue;
    const fresh = await fetch(new Request(request.url, { cache: "reload" })).catch(() => undefined);
    const answer = fresh && fresh.ok ? fresh : await old.match(request);
    if (answer) await cache.put(request, answer);
  }
}
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (event.request.mode === "navigate" && url.pathname === SHELL) {
    event.respondWith(caches.match(SHELL).then((kept) => kept || fetch(event.request)));
  } else if (url.pathname.startsWith("/static/")) {
    // Files of a version never change; what is fetched once (the reader of codes) is kept too.
    event.respondWith(
      caches.match(event.request).then(
        (kept) =>
          kept ||
          fetch(event.request).then((answer) => {
            if (answer.ok) {
              const copy = answer.clone();
              caches.open(NAME).then((cache) => cache.put(event.request, copy));
            }
            return answer;
          }),
      ),
    );
  }
});
