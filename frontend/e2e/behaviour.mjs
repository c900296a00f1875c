// What scripts add, and must not break.
import { devices, watch } from "./browser.mjs";
import { check, eventually, expect } from "./checks.mjs";

export async function behaviour(browser, base, ids) {
  const run = (name, test, options = {}) =>
    check(name, async () => {
      const context = await browser.newContext({ ...devices.desktop, serviceWorkers: "block", reducedMotion: "reduce", ...options });
      try {
        const watched = await watch(context, base);
        const page = await context.newPage();
        page.setDefaultTimeout(15_000);
        await test({ page, context, base, ids, ...watched });
        expect(watched.trouble.length === 0, watched.trouble.join("\n"));
      } finally {
        await context.close();
      }
    });

  await run("a filter refreshes the results and keeps the focus", liveResults);
  await run("a late answer never overwrites a newer one", lateAnswer);
  await run("a failed answer falls back to the page itself", failedAnswer);
  await run("Back and Forward show what they say", backAndForward);
  await run("Shift three times leaves, capital letters don't", shiftLeaves);
  await run("the exit link leaves nothing to go back to", linkLeaves);
  await run("a private search leaves nothing in an address", privateSearch);
  await run("the location is asked on a press and rounded", location, { geolocation: { latitude: 42.3601234, longitude: -71.0589876 }, permissions: ["geolocation"] });
  await run("a refused location is said", refusedLocation, { permissions: [] });
  await run("the map shows the list's places, by keyboard too", mapByKeyboard);
  await run("search this area changes list and map alike", searchArea);
  await run("a map that can't be loaded says so", brokenMap);
  await run("a page is shared by copying its address", share, { permissions: ["clipboard-read", "clipboard-write"] });
}

const near = "/search?place=Boston&radius=25mi";

async function openFilters(page) {
  await page.locator("details.filters > summary").click();
  for (const group of await page.locator("details.group > summary").all()) await group.click();
}

const summary = (page) => page.locator("#summary").textContent();

async function liveResults({ page, base, requests }) {
  await page.goto(base + near);
  await openFilters(page);
  const [before, title] = [await summary(page), await page.title()];
  requests.length = 0;
  await page.locator("#treatment-tms").focus();
  await page.keyboard.press("Space");
  await page.waitForURL(/treatment=tms/);
  expect((await summary(page)) !== before, "the results did not change");
  expect((await page.evaluate(() => document.activeElement.id)) === "treatment-tms", "the focus was lost");
  expect((await page.locator("[data-announce]").textContent()) === (await summary(page)), "the summary was not announced");
  expect((await page.title()) === title || (await page.title()).length > 0, "the title is gone");
  const asked = requests.filter((r) => r.includes("/search"));
  expect(asked.length === 1 && asked[0].includes("/search/results?"), `asked ${asked.join(" ")}`);
  const address = page.url();
  await page.goto(address);
  expect(await page.locator("#treatment-tms").isChecked(), "the address alone does not show the same");
}

async function lateAnswer({ page, base }) {
  await page.goto(base + near);
  await openFilters(page);
  let release;
  const held = new Promise((go) => (release = go));
  let first = true;
  await page.route("**/search/results?*", async (route) => {
    if (first) {
      first = false;
      const answer = await route.fetch();
      await held;
      await route.fulfill({ response: answer }).catch(() => {}); // the page gave up waiting for it
      return;
    }
    await route.continue();
  });
  await page.locator("#treatment-tms").check();
  await page.locator("#kind-center").check();
  await page.waitForURL(/kind=center/);
  const newer = await summary(page);
  release();
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50))));
  expect((await summary(page)) === newer && /treatment=tms/.test(page.url()) && /kind=center/.test(page.url()), "the late answer overwrote the newer one");
}

async function failedAnswer({ page, base, trouble }) {
  await page.goto(base + near);
  await openFilters(page);
  await page.route("**/search/results?*", (route) => route.abort());
  await Promise.all([page.waitForNavigation(), page.locator("#treatment-tms").check()]);
  await page.waitForURL(/\/search\?.*treatment=tms/);
  expect(await page.locator("#summary").isVisible(), "no results");
  trouble.length = 0; // the browser reports the failed request, as it should
}

async function backAndForward({ page, base }) {
  await page.goto(base + near);
  await openFilters(page);
  const start = await summary(page);
  await page.locator("#treatment-tms").check();
  await page.waitForURL(/treatment=tms/);
  const one = await summary(page);
  await page.locator("#kind-center").check();
  await page.waitForURL(/kind=center/);
  await page.goBack();
  await eventually("the earlier results", async () => (await summary(page)) === one);
  expect(!(await page.locator("#kind-center").isChecked()) && (await page.locator("#treatment-tms").isChecked()), "the boxes don't say what is shown");
  await page.goBack();
  await eventually("the first results", async () => (await summary(page)) === start);
  await page.goForward();
  await eventually("the later results", async () => (await summary(page)) === one);
  expect(await page.locator("#treatment-tms").isChecked(), "Forward forgot the box");
}

// elsewhere answers for /leave, which sends people to another site, and there is no network here.
async function elsewhere(page) {
  await page.route("**/leave", (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><html lang=en><title>Elsewhere</title><link rel=icon href=data:,>" }));
}

const away = (page) => page.waitForURL((u) => u.pathname === "/leave");

// leftFor goes to a page from another and leaves it: Back must lead to the other.
async function leftFor(page, base, leave) {
  await elsewhere(page);
  await page.goto(base + "/emergency");
  await page.goto(base + "/helplines");
  await leave();
  await page.goBack();
  expect(page.url() === base + "/emergency", `Back leads to ${page.url()}`);
}

const shiftLeaves = ({ page, base }) =>
  leftFor(page, base, async () => {
    for (const letter of "ABCD") await page.keyboard.press(`Shift+${letter}`);
    expect(page.url() === base + "/helplines", "capital letters left the page");
    const told = page.locator("a[data-exit] + [role=status]");
    await page.keyboard.press("Shift");
    expect((await told.textContent()).length > 10, "the first press says nothing");
    await page.keyboard.press("Shift");
    await Promise.all([away(page), page.keyboard.press("Shift")]);
  });

const linkLeaves = ({ page, base }) => leftFor(page, base, () => Promise.all([away(page), page.locator("a[data-exit]").click()]));

async function privateSearch({ page, base, requests }) {
  await page.goto(base + "/search");
  await page.locator("#place").fill("Worcester");
  await page.locator("details.filters > summary").click();
  await page.locator("#q").fill("cognitive");
  await Promise.all([page.waitForNavigation(), page.locator("button[formmethod=post]").first().click()]);
  expect(/Worcester/.test(await summary(page)), "it was not searched");
  expect(!/Worcester/.test(await page.title()), `the title is ${await page.title()}`);
  const steps = page.locator(".chips form button, .paging form button");
  if (await steps.count()) await Promise.all([page.waitForNavigation(), steps.first().click()]);
  const opener = page.locator("[data-map-open]").first();
  if (await opener.count()) {
    await opener.evaluate((e) => e.closest("details")?.setAttribute("open", ""));
    await opener.click();
    await page.locator(".map-frame .pin").first().waitFor();
  }
  await page.locator("details.filters").evaluate((d) => (d.open = true));
  await page.locator("details.group:has([name=kind])").evaluate((d) => (d.open = true));
  await page.locator("[name=kind]").first().check();
  await Promise.all([page.waitForNavigation(), page.locator('form#search button[type="submit"]').first().click()]);
  const told = requests.filter((r) => /worcester|cognitive|kind=/i.test(r));
  expect(told.length === 0, `asked ${told.join(" ")}`);
  expect(!page.url().includes("?"), `the address is ${page.url()}`);
}

async function location({ page, base, requests }) {
  await page.goto(base + "/search");
  await page.locator("details.filters > summary").click();
  requests.length = 0;
  await Promise.all([page.waitForURL(/near=/), page.locator("[data-locate]").click()]);
  expect(/near=42\.36%2C-71\.06(&|$)/.test(page.url()), `the address says ${page.url()}`);
  expect(!requests.some((r) => /42\.360|71\.058/.test(r)), "more than two decimals left the page");
  expect((await page.locator(".results .hit").count()) > 0, "nothing near");
}

async function refusedLocation({ page, base }) {
  await page.goto(base + "/search");
  await page.locator("details.filters > summary").click();
  const button = page.locator("[data-locate]");
  const denied = await button.getAttribute("data-denied");
  await button.click();
  await eventually("the refusal is said", async () => (await page.locator("[data-locate] + [role=status]").textContent()) === denied);
  expect(new URL(page.url()).search === "", "it searched all the same");
}

async function openMap(page) {
  const opener = page.locator("[data-map-open]").first();
  await opener.evaluate((e) => e.closest("details")?.setAttribute("open", ""));
  await opener.focus();
  await page.keyboard.press("Enter");
  await page.locator(".map-frame .pin").first().waitFor();
}

const sitesOnMap = (page) =>
  page.locator(".map-frame .pin").evaluateAll((pins) => pins.reduce((sum, p) => sum + (Number(p.textContent) || 1), 0));

const focusIs = (page, selector) => page.evaluate((s) => document.activeElement.matches(s), selector);

async function mapByKeyboard({ page, base, requests }) {
  await page.goto(base + near);
  await openMap(page);
  await eventually("the map has the focus", () => focusIs(page, ".map-frame"));
  const total = Number((await summary(page)).match(/\d+/)[0]);
  for (let i = 0; i < 2; i++) await page.keyboard.press("-"); // the sketch showed the first page alone
  await eventually("the map shows as many as the list counts", async () => (await sitesOnMap(page)) === total);
  expect(!requests.some((r) => r.includes("/map/points?")), "the map asked by address");
  const single = page.locator(".map-frame .pin:not(.many)").first();
  const name = await single.getAttribute("aria-label");
  await single.focus();
  await page.keyboard.press("Enter");
  expect(await focusIs(page, ".map-chosen a"), "Enter on a pin leads nowhere");
  expect(name.startsWith(await page.locator(".map-chosen a").textContent()), "the pin's name is another than the listing's");
  const cluster = page.locator(".map-frame .pin.many").first();
  await cluster.focus();
  await page.keyboard.press(" ");
  expect(await focusIs(page, ".map-frame, .map-chosen a"), "the focus fell out of the map");
  await page.keyboard.press("Tab");
  await page.locator(".map-tools button").first().focus();
  await page.keyboard.press("Enter");
  expect(await focusIs(page, "[data-map-open]"), "closing loses the focus");
  expect(await page.locator("svg.sketch").first().isVisible(), "the sketch did not come back");
}

async function searchArea({ page, base }) {
  await page.goto(base + near);
  await openMap(page);
  await eventually("the map has the focus", () => focusIs(page, ".map-frame"));
  const before = await summary(page);
  for (let i = 0; i < 2; i++) await page.keyboard.press("+");
  const area = page.locator(".map-tools button").nth(1);
  await area.click();
  await page.waitForURL(/bbox=/);
  expect(!/place=Boston/.test(page.url()), "the place is still asked");
  expect((await summary(page)) !== before, "the list did not change");
  const total = Number(((await summary(page)).match(/\d+/) ?? ["0"])[0]);
  await eventually("map and list agree", async () => (await sitesOnMap(page)) === total);
}

async function brokenMap({ page, base, trouble }) {
  await page.goto(base + near);
  await page.route("**/static/map.*.js", (route) => route.abort());
  const opener = page.locator("[data-map-open]").first();
  await opener.evaluate((e) => e.closest("details")?.setAttribute("open", ""));
  await opener.click();
  await eventually("the failure is said", async () => (await page.locator("[data-map-status]").textContent()).length > 10);
  expect(await page.locator("svg.sketch").first().isVisible(), "the sketch is gone");
  trouble.length = 0;
}

async function share({ page, base, ids }) {
  await page.goto(`${base}/listings/${ids.center}`);
  const button = page.locator("[data-share]").first();
  await page.evaluate(() => Object.defineProperty(navigator, "share", { value: undefined }));
  await button.click();
  const copied = await button.getAttribute("data-copied");
  await eventually("it says that it copied", async () => (await button.textContent()) === copied);
  const text = await page.evaluate(() => navigator.clipboard.readText());
  expect(new URL(text).pathname === new URL(page.url()).pathname, `copied ${text}`);
}
