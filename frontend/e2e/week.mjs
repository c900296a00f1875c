// A curator's week, on a directory of its own: two people sign up, take in a file of drafts, publish them, answer a
// report, verify by telephone, merge two listings, restore a revision, and change many at once. After each step the
// public's page must say what it should, and every page of the desk on the way is looked at.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { axe, standards, violations } from "./audit.mjs";
import { devices, watch } from "./browser.mjs";
import { check, eventually, expect } from "./checks.mjs";
import { codeOf, confirm, enrol, invite, password } from "./desk.mjs";
import { keyboard, pointer } from "./hands.mjs";
import { startServer } from "./server.mjs";

const patience = 60_000; // only what fails takes so long

// weeks goes through it with scripts, and without them on PostgreSQL, where there is one.
export async function weeks(browser) {
  const server = process.env.CAREFINDER_TEST_POSTGRES;
  if (!server) {
    console.log("a curator's week is NOT tried on PostgreSQL: CAREFINDER_TEST_POSTGRES is not set");
    await check("a PostgreSQL for the week", () => expect(process.env.CAREFINDER_TEST_REQUIRE !== "1", "there is none"));
  }
  await Promise.all([
    week(browser, "with scripts, on SQLite", { scripts: true }),
    inSchema(server, (database) => week(browser, `without scripts, on ${database ? "PostgreSQL" : "SQLite"}`, { scripts: false, database })),
  ]);
}

// inSchema runs something on a schema of its own of a PostgreSQL server.
async function inSchema(server, run) {
  if (!server) return run();
  const schema = `week_${process.pid}`;
  const sql = (statement) => execFileSync("psql", ["--quiet", "--command", statement, server], { stdio: ["ignore", "ignore", "pipe"] });
  const database = new URL(server);
  database.searchParams.set("search_path", schema);
  sql(`CREATE SCHEMA ${schema}`);
  try {
    await run(database.href);
  } finally {
    sql(`DROP SCHEMA ${schema} CASCADE`);
  }
}

// week goes through it: Ana by keyboard alone, Ben and a visitor with a pointer.
async function week(browser, name, { scripts, database }) {
  await check(`a curator's week, ${name}`, async () => {
    const server = await startServer({ database, prepare: () => ({}) });
    const people = [];
    try {
      for (const hand of [keyboard, pointer, pointer]) people.push(await person(browser, server.url, scripts, hand));
      const [ana, ben, visitor] = people;
      const w = { server, base: server.url, ana, ben, visitor };
      for (const day of [signUp, importDrafts, publish, answerReport, verify, mergeTwo, restore, changeMany, leave]) await day(w);
      for (const p of people) expect(p.trouble().length === 0, p.trouble().join("\n"));
      expect(/ok +audit/.test(server.run("check", "--audit")), "the audit log is broken");
      expect(server.errors().length === 0, server.errors().join("\n"));
    } finally {
      for (const p of people) await p.close();
      await server.stop();
      server.clean();
    }
  });
}

// person has a browser of their own. Without scripts a second one looks at each page for them.
async function person(browser, base, scripts, handOf) {
  const options = { ...devices.desktop, serviceWorkers: "block", reducedMotion: "reduce" };
  const context = await browser.newContext({ ...options, javaScriptEnabled: scripts });
  const eye = scripts ? context : await browser.newContext(options);
  await eye.addInitScript({ content: axe });
  const watched = [...new Set([context, eye])].map((c) => watch(c, base));
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  const seen = scripts ? page : await eye.newPage();
  const hand = handOf(page);
  const look = async () => {
    await page.waitForLoadState("load");
    if (seen !== page) {
      await eye.addCookies(await context.cookies());
      await seen.goto(page.url());
    }
    const found = await violations(seen, { type: "tag", values: standards });
    expect(found.length === 0, `${page.url()}\n${found.join("\n")}`);
  };
  const answered = (answer) => expect(answer.ok(), `${answer.url()} answered ${answer.status()}`);
  const troubles = await Promise.all(watched);
  return {
    ...hand, page, look,
    goes: async (path) => {
      answered(await page.goto(new URL(path, base).href));
      await look();
    },
    // follows presses what leads to another page.
    follows: async (what) => {
      await hand.reach(what);
      const [answer] = await Promise.all([page.waitForNavigation(), hand.press(what)]).catch((e) => {
        throw new Error(`${what} on ${page.url()}: ${e.message}`);
      });
      answered(answer);
      await look();
    },
    picks: async (what, value) => hand.choose(what, await page.locator(`${what} option[value="${value}"]`).textContent()),
    text: async () => (await page.locator("main").innerText()).replace(/\s+/g, " "),
    may: async (what) => (await page.locator(what).count()) > 0,
    trouble: () => troubles.flatMap((t) => t.trouble),
    close: () => Promise.all([...new Set([context, eye])].map((c) => c.close())),
  };
}

const id = (n) => `00000000-0000-5000-8000-00000000000${n}`;
const form = (ending) => `main form[action$="${ending}"] button[type=submit]`;
const rows = "main tbody th a";

// shows reads a listing as the public sees it.
async function shows({ visitor }, n, words, without = []) {
  await visitor.goes(`/listings/${id(n)}`);
  const text = await visitor.text();
  for (const w of words) expect(text.includes(w), `the public's page does not say ${w}: ${text.slice(0, 800)}`);
  for (const w of without) expect(!text.includes(w), `the public's page says ${w}`);
}

// finds waits until a search finds so many.
const finds = ({ base }, words, total) =>
  eventually(`a search for ${words} finds ${total}`, async () => {
    const answer = await (await fetch(`${base}/api/v1/listings?literal=true&q=${encodeURIComponent(words)}`)).json();
    return answer.total === total;
  }, patience);

// waits opens what a queue holds of a listing, as soon as it does: listings are surveyed in the background.
async function waits(who, queue, name) {
  const link = who.page.locator(rows, { hasText: name }).first();
  await eventually(`${name} waits in ${queue}`, async () => {
    await who.page.goto(new URL(`/desk/queues/${queue}`, who.page.url()).href);
    return (await link.count()) > 0;
  }, patience);
  await who.look();
  await who.follows(`main a[href='${await link.getAttribute("href")}']`);
}

// approves has somebody publish what waits for a review.
async function approves(who) {
  await who.goes("/desk/proposals?state=in-review");
  await who.follows(rows);
  await who.follows(form("/approve"));
}

// signUp has Ana come by the link of the command line, sign in again, and invite Ben.
async function signUp({ server, base, ana, ben }) {
  const secret = await enrol(ana.page, ana, base + server.invitation);
  await ana.look();
  await ana.follows("form[action$='/desk/sign-out'] button");
  await ana.goes("/desk/queues");
  await ana.write("#in-login", "ana@example.org");
  await ana.write("#in-password", password);
  await ana.write("#in-code", codeOf(secret, Date.now() + 30_000)); // the one of signing up is spent
  await ana.follows(form("/sign-in"));
  expect(ana.page.url() === `${base}/desk/queues`, `signing in leads to ${ana.page.url()}`);
  const link = await invite(ana.page, ana, base, "ben@example.org", "Ben", "Reviewer");
  await ana.look();
  await enrol(ben.page, ben, base + link);
  await ben.look();
}

// drafts are a center, the same center as somebody else writes it, and a therapist.
function drafts() {
  const at = "2026-11-20T00:00:00Z";
  const listing = (n, kind, name, street, number) => ({
    id: id(n), kind, name, status: "published",
    sites: [{ address: { street, city: "Boston", division: "MA", country: "US" }, point: { lat: 42.36, lng: -71.05, precision: "exact" } }],
    channels: [{ medium: "voice", number }],
    claims: [{ source: "https://example.org", at, yes: ["treatment:tms"] }],
    sources: [{ name: "letters", key: String(n), at }],
  });
  return [
    listing(1, "center", "Harborlight Center", "12 Wharf Street", "+16175550110"),
    listing(2, "center", "Harborlight Center", "12 Wharf St", "+16175550110"),
    listing(3, "therapist", "Wilhelmina Quist", "9 Elm Street", "+16175550144"),
  ];
}

async function importDrafts({ server, base }) {
  const file = join(server.dir, "letters.jsonl");
  writeFileSync(file, drafts().map((d) => JSON.stringify(d)).join("\n"));
  server.run("import", "--as-drafts", file);
  for (const n of [1, 2, 3]) {
    const { status } = await fetch(`${base}/listings/${id(n)}`);
    expect(status === 404, `a draft is answered ${status}`);
  }
}

// publish has Ana look at each draft and hand it in, and Ben publish it.
async function publish(w) {
  const { ana, ben } = w;
  for (const n of [1, 2, 3]) {
    await ana.goes("/desk/proposals?state=draft");
    await ana.follows(rows);
    await ana.follows("main a[href$='/edit']");
    await ana.write("#f-audience", `Looked at by Ana: ${n}`);
    await ana.follows("main button[name=do][value=preview]");
    await ana.follows("main aside a[href$='/edit']");
    await ana.follows("main button[name=do][value=submit]");
    expect(!(await ana.may(form("/approve"))), "who wrote it may publish it");
    await approves(ben);
  }
  await finds(w, "Harborlight", 2);
  await finds(w, "Quist", 1);
  await shows(w, 1, ["Harborlight Center", "617-555-0110", "Looked at by Ana"]);
}

// answerReport takes what a visitor reports to what the public's page says.
async function answerReport(w) {
  const { ana, ben, visitor } = w;
  await visitor.goes(`/listings/${id(1)}`);
  await visitor.follows("main a[href*='/feedback?']");
  await visitor.write("#message", "They have another number: 617-555-0155.");
  await visitor.follows(form("/feedback"));
  await waits(ana, "reported", "Harborlight");
  await ana.follows(form("/edit"));
  await ana.write("[name='channels[0].number']", "+16175550155");
  await ana.write("#f-note", "A visitor told us, and they confirmed it.");
  await ana.follows("main button[name=do][value=submit]");
  await shows(w, 1, ["617-555-0110"], ["617-555-0155"]);
  await approves(ben);
  await shows(w, 1, ["617-555-0155"], ["617-555-0110"]);
  await ana.goes("/desk/queues/reported");
  expect(!(await ana.may(rows)), "an answered report still waits");
}

async function verify(w) {
  await w.ana.goes(`/desk/listings/${id(3)}/call`);
  await confirm(w.ana.page, w.ana, w.ana.page.url());
  await w.ana.look();
  await shows(w, 3, ["called"]);
}

// mergeTwo makes the two centers one: the first is kept, with the numbers of both, and the other's address leads to it.
async function mergeTwo(w) {
  const { base, ana } = w;
  await waits(ana, "duplicates", "Harborlight");
  if ((await ana.page.inputValue("main form[action$='/merge'] [name=keep]")) !== id(1)) await ana.follows("main a[href*='keep=']");
  await ana.write("#merge-reason", "One center, written down twice.");
  await ana.follows(form("/merge"));
  await shows(w, 1, ["617-555-0155", "617-555-0110"]);
  const old = await fetch(`${base}/listings/${id(2)}`, { redirect: "manual" });
  expect(old.status === 301 && old.headers.get("Location").endsWith(id(1)), `the merged listing answers ${old.status}`);
  await finds(w, "Harborlight", 1);
}

async function restore(w) {
  const { ana } = w;
  await ana.goes(`/desk/listings/${id(1)}/history`);
  const past = "section:has(#r-2)";
  await ana.press(`${past} summary`);
  await ana.write(`${past} input[name=note]`, "The old number is cut off.");
  await ana.follows(`${past} button[type=submit]`);
  await shows(w, 1, ["617-555-0155"], ["617-555-0110"]);
}

// changeMany has Ana prepare a claim of two listings, Ben make it, and Ana undo it.
async function changeMany(w) {
  const { ana, ben } = w;
  const done = (who) => eventually("the change is done", async () => {
    await who.page.reload();
    return !(await who.may("main progress"));
  }, patience);
  await ana.goes("/desk/bulk/choose?treatment=tms&place=Boston");
  for (const n of [1, 3]) await ana.tick(`#l-${id(n)}`);
  await ana.picks("#bulk-change", "claim");
  await ana.picks("#bulk-term", "treatment.esketamine");
  await ana.write("#bulk-source", "https://example.org/esketamine");
  await ana.write("#bulk-note", "their letter");
  await ana.follows(form("/desk/bulk"));
  expect(!(await ana.may(form("/start"))), "who prepared it may start it");
  await ben.goes(ana.page.url());
  await ben.follows(form("/start"));
  await done(ben);
  await ben.look();
  for (const n of [1, 3]) await shows(w, n, ["Esketamine"]);
  await ana.goes(ana.page.url());
  await ana.follows(form("/undo"));
  await done(ana);
  for (const n of [1, 3]) await shows(w, n, [], ["Esketamine"]);
}

// leave looks at what is left of the desk, and goes.
async function leave({ base, ana }) {
  for (const path of ["", "/queues", "/proposals?state=published", "/bulk", "/people", "/keys", "/audit", "/account"]) await ana.goes(`/desk${path}`);
  await ana.follows("form[action$='/desk/sign-out'] button");
  await ana.page.goto(`${base}/desk/audit`);
  expect(!(await ana.may("main table")), "who signed out still sees the desk");
}
