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
      .then((names) => Promise.all(names.filter((n) => n.startsWith("field-") && n !== NAME).map((n) => caches.delete(n))))
      .then(() => self.clients.claim()),
  );
});
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
