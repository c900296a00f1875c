// The service worker: it keeps helplines and emergency numbers, and nothing else, so that what was searched leaves no
// trace on the device. The server writes a line before it: self.shell, the files these pages need and their version.
declare const self: ServiceWorkerGlobalScope & { shell: { version: string; files: string[] } };

const kept = /^(\/es)?\/(helplines|emergency)(\/[A-Za-z]{2})?$/;
const patience = 4000; // milliseconds the network gets before the copy is shown
const { version, files } = self.shell;

self.addEventListener("install", (e) => {
  e.waitUntil(caches.open(version).then((cache) => cache.addAll(files)));
  void self.skipWaiting();
});

self.addEventListener("activate", (e) => e.waitUntil(takeOver()));

// takeOver fetches the pages an older version kept, for they ask for the older version's files, and drops that.
async function takeOver(): Promise<void> {
  for (const name of await caches.keys()) {
    if (name === version) continue;
    const pages = (await (await caches.open(name)).keys()).map((r) => new URL(r.url).pathname);
    await keep(pages);
    await caches.delete(name);
  }
  await self.clients.claim();
}

self.addEventListener("message", (e) => e.waitUntil(keep((e.data as { keep?: string[] }).keep ?? [])));

async function keep(paths: string[]): Promise<void> {
  const cache = await caches.open(version);
  await Promise.allSettled(paths.filter((p) => kept.test(p)).map((p) => cache.add(new Request(p, { cache: "no-cache" }))));
}

self.addEventListener("fetch", (e) => {
  const { method, mode, url } = e.request;
  const { origin, pathname, search } = new URL(url);
  if (method !== "GET" || origin !== location.origin) return;
  if (files.includes(pathname)) {
    e.respondWith(caches.match(pathname).then((copy) => copy ?? fetch(e.request)));
  } else if (mode === "navigate" && kept.test(pathname)) {
    e.respondWith(fresh(e.request, pathname, search === ""));
  }
});

// fresh gives the page of the network, or its copy when that fails or takes too long. A page with a question in its
// address is never kept; without the network its bare page stands in, which lists every line.
async function fresh(request: Request, path: string, bare: boolean): Promise<Response> {
  const network = fetch(request).then(async (answer) => {
    if (answer.ok && bare) await (await caches.open(version)).put(path, answer.clone());
    return answer;
  });
  network.catch(() => {}); // heard below
  try {
    const late = new Promise<undefined>((done) => setTimeout(done, patience));
    return (await Promise.race([network, late.then(() => copyOf(path))])) ?? (await network);
  } catch {
    return (await copyOf(path)) ?? Response.error();
  }
}

// copyOf gives the copy with the sentence shown that says it is one, and when it was made: who is open may have changed.
async function copyOf(path: string): Promise<Response | undefined> {
  const copy = await caches.match(path);
  if (!copy) return undefined;
  const made = new Date(copy.headers.get("date") ?? "");
  let html = (await copy.text()).replace("data-kept hidden", "data-kept");
  if (!isNaN(made.getTime())) {
    const when = made.toLocaleString(path.startsWith("/es") ? "es" : "en", { dateStyle: "long", timeStyle: "short" });
    html = html.replace("<span data-kept-at></span>", `<time datetime="${made.toISOString()}">${when}</time>`);
  }
  const headers = new Headers(copy.headers);
  headers.delete("content-encoding");
  headers.delete("content-length");
  return new Response(html, { headers });
}
export {}; // a module, so that self may be said anew above
