// What every state of every page is asked.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { HtmlValidate } from "html-validate";
import { devices, watch } from "./browser.mjs";
import { check, expect } from "./checks.mjs";
import { addressOf, languages, visit } from "./states.mjs";

export const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const standards = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const ofColour = ["color-contrast", "link-in-text-block"]; // all that a colour scheme changes

const grammar = new HtmlValidate({
  extends: ["html-validate:standard"],
  rules: {
    "no-trailing-whitespace": "off",
    "void-style": "off", // shapes of an SVG close themselves
    "long-title": "off", // a listing has the name it has
    "tel-non-breaking": "off",
    "prefer-native-element": ["error", { exclude: ["list", "region"] }],
    "no-redundant-role": "off", // a list without bullets is no list to VoiceOver unless it says so
  },
});

// audit goes through the table, with as many pages at once as there are processors.
export async function audit(browser, base, ids, states) {
  const jobs = states
    .flatMap((state) => languages.flatMap((language) => Object.keys(devices).map((device) => ({ state, language, device }))));
  const work = async () => {
    for (let job = jobs.shift(); job; job = jobs.shift()) {
      const { state, language, device } = job;
      await check(`${state.name}, ${language.code}, ${device}`, () => auditState(browser, base, ids, state, language, device));
    }
  };
  await Promise.all([work(), work()]);
  for (const state of states) {
    for (const language of languages) {
      await check(`${state.name}, ${language.code}, HTML`, () => validate(base, ids, state, language));
    }
  }
}

async function auditState(browser, base, ids, state, language, device) {
  const context = await browser.newContext({ ...devices[device], locale: language.code, serviceWorkers: "block", reducedMotion: "reduce" });
  try {
    if (state.desk) await context.addCookies([ids.session]);
    const { trouble } = await watch(context, base);
    await context.addInitScript({ content: axe });
    const page = await context.newPage();
    const answer = await visit(page, base, state, language, ids);
    const status = state.status ?? 200;
    expect(answer.status() === status, `answered ${answer.status()}, want ${status}`);
    const found = [];
    if (state.first && device === "phone") {
      const box = await page.locator(".results .hit h3 a").first().boundingBox();
      if (!box || box.y + box.height > 844) found.push(`the first result ends at ${box && Math.round(box.y + box.height)} px, below 844`);
    }
    found.push(...(await violations(page, { type: "tag", values: standards })));
    found.push(...(await page.evaluate(() => document.body.innerText.match(/\bdesk\.[a-z][\w.-]+/g) ?? [])).map((key) => `a message is missing: ${key}`));
    await page.emulateMedia({ colorScheme: "dark" });
    found.push(...(await violations(page, { type: "rule", values: ofColour })).map((v) => `dark: ${v}`));
    found.push(...(await spills(page, devices[device].viewport.width)));
    if (device === "phone") {
      await page.setViewportSize({ width: 320, height: 640 });
      found.push(...(await spills(page, 320)));
    }
    expect(found.length + trouble.length === 0, [...found, ...trouble].join("\n"));
  } finally {
    await context.close();
  }
}

export async function violations(page, runOnly) {
  const list = await page.evaluate(async (runOnly) => (await window.axe.run(document, { runOnly, resultTypes: ["violations"], elementRef: false })).violations, runOnly);
  return list.map((v) => `axe ${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.target.join(" ")} ${n.any[0]?.message ?? n.all[0]?.message ?? n.none[0]?.message ?? ""}`).join("; ")}${v.nodes.length > 3 ? ` and ${v.nodes.length - 3} more` : ""}`);
}

// spills names what makes a page wider than its window.
function spills(page, width) {
  return page.evaluate((width) => {
    if (document.documentElement.scrollWidth <= width) return [];
    const wide = [...document.body.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > width + 1 && !e.closest(".map-frame, .scroll, .visually-hidden, .skip, .trap"));
    return [`at ${width} px the page is ${document.documentElement.scrollWidth} px wide: ${wide.slice(-2).map((e) => e.outerHTML.slice(0, 90)).join(" ")}`];
  }, width);
}

async function validate(base, ids, state, language) {
  const address = base + addressOf(state, language, ids);
  const headers = state.desk ? { Cookie: `${ids.session.name}=${ids.session.value}` } : {};
  const ask = state.post ? { method: "POST", body: state.post, headers: { ...headers, "Content-Type": "application/x-www-form-urlencoded", Origin: base } } : { headers };
  const html = await (await fetch(address, ask)).text();
  const report = await grammar.validateString(html, address);
  const said = report.results.flatMap((r) => r.messages.map((m) => `${m.ruleId} at ${m.line}:${m.column} ${m.message} ${html.split("\n")[m.line - 1].slice(Math.max(0, m.column - 40), m.column + 60)}`));
  expect(report.valid && said.length === 0, said.slice(0, 8).join("\n"));
}
