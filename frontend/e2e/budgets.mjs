// How much a person on a cheap phone has to load. Bytes and requests are exact, so they fail the build; times depend on
// the machine and are only printed.
import { devices } from "./browser.mjs";
import { check, expect } from "./checks.mjs";

const kB = 1000;
const pages = [
  { name: "home", path: "/", wire: 15 * kB, requests: 5 },
  { name: "search", path: "/search?place=Boston&radius=25mi", wire: 20 * kB, requests: 5 },
  { name: "home, es", path: "/es", wire: 15 * kB, requests: 5 },
  { name: "search, es", path: "/es/search?place=Boston&radius=25mi", wire: 20 * kB, requests: 5 },
];
const files = { script: 4 * kB, style: 6 * kB };
const map = 110 * kB;

export async function budgets(browser, base) {
  for (const p of pages) {
    const context = await browser.newContext({ ...devices.phone, serviceWorkers: "block" });
    const page = await context.newPage();
    const wire = await measure(page);
    await page.goto(base + p.path);
    await page.waitForLoadState("networkidle");
    const first = [...wire.values()];
    const sum = first.reduce((n, r) => n + r.bytes, 0);
    console.log(`     ${p.name}: ${sum} bytes in ${first.length} requests (${first.map((r) => `${r.type} ${r.bytes}`).join(", ")})`);
    await check(`${p.name} loads at most ${p.wire} bytes`, () => expect(sum <= p.wire, `${sum} bytes`));
    await check(`${p.name} asks at most ${p.requests} times`, () => expect(first.length <= p.requests, first.map((r) => r.url).join(" ")));
    for (const [type, limit] of Object.entries(files)) {
      const bytes = first.filter((r) => r.type.toLowerCase().startsWith(type)).reduce((n, r) => n + r.body, 0);
      await check(`${p.name}: ${type} of at most ${limit} bytes`, () => expect(bytes > 0 && bytes <= limit, `${bytes} bytes`));
    }
    if (p.name === "search") await mapBudget(page, wire);
    await context.close();
  }
  for (const p of pages.slice(0, 2)) console.log(`     ${p.name}: largest paint after ${await paint(browser, base + p.path)} ms at 1.6 Mbit/s, a phone's processor (not a limit)`);
}

async function mapBudget(page, wire) {
  wire.clear();
  const opener = page.locator("[data-map-open]").first();
  await opener.evaluate((e) => e.closest("details")?.setAttribute("open", ""));
  await opener.click();
  await page.locator(".map-frame .pin").first().waitFor();
  await page.waitForLoadState("networkidle");
  const sum = [...wire.values()].reduce((n, r) => n + r.bytes, 0);
  console.log(`     map: ${sum} bytes in ${wire.size} requests`);
  await check(`the map loads at most ${map} bytes`, () => expect(sum > 0 && sum <= map, `${sum} bytes`));
}

// measure counts what crosses the wire, headers and all.
async function measure(page) {
  const wire = new Map();
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Network.enable");
  devtools.on("Network.responseReceived", (e) => wire.set(e.requestId, { url: e.response.url, type: e.type, headers: e.response.encodedDataLength, bytes: 0, body: 0 }));
  devtools.on("Network.loadingFinished", (e) => {
    const r = wire.get(e.requestId);
    if (r) Object.assign(r, { bytes: e.encodedDataLength, body: e.encodedDataLength - r.headers });
  });
  return wire;
}

async function paint(browser, address) {
  const times = [];
  for (let i = 0; i < 3; i++) {
    const context = await browser.newContext({ ...devices.phone, serviceWorkers: "block" });
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    await devtools.send("Network.enable");
    await devtools.send("Network.emulateNetworkConditions", { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 94_000 });
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: 4 });
    await page.goto(address);
    times.push(await page.evaluate(() => new Promise((done) => new PerformanceObserver((l) => done(Math.round(l.getEntries().at(-1).startTime))).observe({ type: "largest-contentful-paint", buffered: true }))));
    await context.close();
  }
  return times.sort((a, b) => a - b)[1];
}
