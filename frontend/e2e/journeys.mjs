// What people come for, from the first page to the end: without scripts, with them, by keyboard alone, and, where lives
// hang on it, without a network.
import { devices, watch } from "./browser.mjs";
import { check, eventually, expect } from "./checks.mjs";
import { keyboard, pointer } from "./hands.mjs";
import { languages } from "./states.mjs";

const ways = [
  { name: "without scripts", options: { javaScriptEnabled: false, ...devices.phone }, hand: pointer },
  { name: "with scripts", options: devices.phone, hand: pointer },
  { name: "by keyboard alone", options: devices.desktop, hand: keyboard },
];

export async function journeys(browser, base) {
  for (const way of ways) {
    for (const language of languages) {
      for (const [name, journey] of Object.entries({ "find ECT near a city and print it": findAndPrint, "find a CBT therapist who takes Medicare and speaks Spanish": findTherapist, "reach a helpline open now": reachHelpline })) {
        await check(`${name}, ${way.name}, ${language.code}`, async () => {
          const context = await browser.newContext({ ...way.options, serviceWorkers: "block" });
          try {
            const { trouble } = await watch(context, base);
            const page = await context.newPage();
            page.setDefaultTimeout(15_000);
            await page.goto(base + (language.prefix || "/"));
            await journey(page, way.hand(page), language);
            expect(trouble.length === 0, trouble.join("\n"));
          } finally {
            await context.close();
          }
        });
      }
    }
  }
}

const submit = 'form[role="search"] button[type="submit"]:not([formmethod])';

async function search(page, hand, place, want) {
  await hand.write("#place", place);
  await hand.choose("#want", await page.locator(`#want option[value="${want}"]`).textContent());
  await Promise.all([page.waitForURL(/\/search\?/), hand.press(submit)]);
}

async function findAndPrint(page, hand) {
  await search(page, hand, "Boston", "ect");
  expect((await page.locator("#summary").textContent()).includes("Boston"), "the summary does not say where");
  const name = (await page.locator(".results .hit h3 a").first().textContent()).trim();
  await Promise.all([page.waitForURL(/\/listings\//), hand.press(".results .hit h3 a")]);
  expect((await page.locator("h1").textContent()).trim() === name, "another listing opened");
  await page.emulateMedia({ media: "print" });
  expect(await page.locator("main h1").isVisible(), "the name is not printed");
  expect((await page.locator('main a[href^="tel:"]:visible').count()) > 0, "the number is not printed");
  for (const idle of ["a.exit", "nav.menu"]) expect(!(await page.locator(idle).first().isVisible()), `${idle} is printed`);
  const sheet = await page.pdf({ format: "Letter" });
  const sheets = (sheet.toString("latin1").match(/\/Type\s*\/Page[^s]/g) ?? []).length;
  expect(sheets === 1, `it takes ${sheets} sheets of paper`);
}

async function findTherapist(page, hand) {
  await search(page, hand, "New York", "cbt");
  for (const box of ["insurance-medicare", "language-es"]) {
    for (const fold of ["details.filters", `details.group:has(#${box})`]) {
      if (!(await page.locator(fold).evaluate((d) => d.open))) {
        await page.locator(`${fold} > summary`).evaluate((s) => s.setAttribute("data-next", ""));
        await hand.press("[data-next]");
        await page.locator("[data-next]").evaluate((s) => s.removeAttribute("data-next"));
      }
    }
    await hand.tick(`#${box}`);
    if (await page.locator("form[data-live]").count() && (await page.evaluate(() => matchMedia("(scripting: enabled)").matches))) {
      await page.waitForURL((u) => u.search.includes(box.replace("-", "=")));
    }
  }
  if (!/insurance=medicare/.test(page.url()) || !/language=es/.test(page.url())) {
    await Promise.all([page.waitForURL(/language=es/), hand.press(submit)]);
  }
  expect(/modality=cbt/.test(page.url()), `the wish for CBT was lost: ${page.url()}`);
  const claims = (await page.locator(".results .hit").first().locator(".claims li").allTextContents()).join(" ");
  expect(/Medicare/.test(claims) && /Spanish|español/i.test(claims), `the first result matches only: ${claims}`);
  await Promise.all([page.waitForURL(/\/listings\//), hand.press(".results .hit h3 a")]);
  const text = await page.locator("main").textContent();
  expect(/Medicare/.test(text) && /Spanish|español/i.test(text), "the listing says neither");
  // Only made-up therapists are both: their numbers can be read, and must dial nobody.
  expect(/555-?01\d\d/.test(text), "there is no number to read");
  expect((await page.locator('main a[href^="tel:"]').count()) === 0, "a made-up number can be dialled");
}

async function reachHelpline(page, hand, language) {
  await Promise.all([page.waitForURL(/\/helplines\/US/), hand.press(".crisis a.all")]);
  const filters = page.locator("main details:has([name=open_now])");
  if ((await filters.count()) && !(await filters.first().evaluate((d) => d.open))) {
    await filters.first().locator("> summary").evaluate((s) => s.setAttribute("data-next", ""));
    await hand.press("[data-next]");
  }
  await hand.tick("[name=open_now]");
  await page.locator("main form button[type=submit], main form button:not([type])").first().evaluate((b) => b.setAttribute("data-next", ""));
  await page.locator("summary[data-next]").evaluateAll((all) => all.forEach((s) => s.removeAttribute("data-next")));
  await Promise.all([page.waitForURL(/open_now=true/), hand.press("button[data-next]")]);
  expect((await page.locator("main .tag.is-open").count()) > 0, "no line says that it is open");
  expect((await page.locator("main .tag.is-closed").count()) === 0, "a closed line is shown");
  expect((await page.locator('main a[href="tel:988"]').count()) > 0, "988 is not among them");
  expect((await page.locator("html").getAttribute("lang")) === language.code, "the language changed on the way");
}

// offline visits once, takes the server away, and needs help. It ends the server, so it comes last.
export async function offline(browser, base, stop) {
  const context = await browser.newContext(devices.phone);
  const page = await context.newPage();
  const kept = (path) => page.evaluate(async (path) => Boolean(await caches.match(path)), path);
  for (const language of languages) {
    await check(`helplines are kept on one visit, ${language.code}`, async () => {
      await page.goto(base + (language.prefix || "/"));
      for (const path of ["/helplines", "/helplines/US", "/emergency"]) await eventually(`${path} is kept`, () => kept(language.prefix + path));
    });
  }
  await check("nothing of a search is kept", async () => {
    await page.goto(`${base}/search?place=Boston&treatment=ect`);
    await page.goto(`${base}/helplines/US?topic=suicide`);
    await page.goto(`${base}/guide`);
    const paths = await page.evaluate(async () => {
      const all = [];
      for (const name of await caches.keys()) for (const r of await (await caches.open(name)).keys()) all.push(new URL(r.url).pathname + new URL(r.url).search);
      return all;
    });
    const more = paths.filter((p) => !/^(\/es)?\/(helplines|emergency)(\/[A-Z]{2})?$|^\/static\/[a-z.A-Z0-9_-]+\.(css|js)$|^\/icon\.svg$/.test(p));
    expect(more.length === 0 && paths.length > 0, `kept: ${more.join(" ")}`);
  });
  await check("a private search adds no country", async () => {
    await page.goto(base + "/search");
    await page.locator("#place").fill("London");
    await page.locator("details.filters > summary").click();
    await Promise.all([page.waitForNavigation(), page.locator("button[formmethod=post]").first().click()]);
    expect((await page.locator('.crisis a[href="/helplines/GB"]').count()) > 0, "it does not show the lines of the United Kingdom");
    for (const path of ["/helplines/FR", "/helplines/DE"]) { // kept after what the private page asked to be kept
      await page.goto(base + path);
      await eventually(`${path} is kept`, () => kept(path));
    }
    expect(!(await kept("/helplines/GB")), "the lines of the country are kept");
  });
  await stop();
  for (const language of languages) {
    for (const path of ["/helplines", "/helplines/US", "/emergency", "/helplines/US?open_now=true"]) {
      await check(`${path} without a network, ${language.code}`, async () => {
        await page.goto(base + language.prefix + path);
        expect(await page.locator("h1").isVisible(), "no heading");
        expect(await page.locator("[data-kept]").isVisible(), "it does not say that it is a copy");
        expect((await page.locator("[data-kept] time").count()) === 1, "it does not say of when");
        expect((await page.evaluate(() => getComputedStyle(document.querySelector(".crisis")).backgroundColor)) !== "rgba(0, 0, 0, 0)", "it has lost its style");
        if (path.includes("US")) {
          expect(await page.locator('main a[href="tel:988"]').first().isVisible(), "988 is not there");
          expect((await page.locator("main .tag.is-open:visible").count()) === 0, "it says who is open now, which it can't know");
        }
      });
    }
  }
  await context.close();
}
