// How a person comes to the desk: by a link, a phone that makes codes, and a password.
import { createHmac } from "node:crypto";
import { devices, watch } from "./browser.mjs";
import { expect } from "./checks.mjs";
import { keyboard } from "./hands.mjs";

export const password = "correct horse battery";

// codeOf is what an authenticator app shows for a secret.
export function codeOf(secret, at = Date.now()) {
  let bits = "";
  for (const letter of secret) bits += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const sum = createHmac("sha1", key).update(step).digest();
  const from = sum[19] & 15;
  return String((sum.readUInt32BE(from) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

// enrol goes from a link to the desk, and gives the secret that a phone makes codes of.
export async function enrol(page, hand, address) {
  await page.goto(address);
  const secret = (await page.locator(".secret").textContent()).replaceAll(" ", "");
  await hand.write("#up-password", password);
  await hand.write("#up-code", codeOf(secret));
  await hand.press("main form button");
  await page.locator("main .secrets").waitFor();
  expect((await page.locator("main .secrets li").count()) === 10, "there are not ten recovery codes");
  await hand.press("main a.button");
  await page.waitForURL(/\/desk$/);
  expect((await page.locator("h1").textContent()) === "The desk", `the desk is headed ${await page.locator("h1").textContent()}`);
  return secret;
}

// invite has an administrator invite somebody, and gives their link.
export async function invite(page, hand, base, login, name, role) {
  await page.goto(base + "/desk/people");
  await hand.write("#invite-login", login);
  await hand.write("#invite-name", name);
  if (role) await hand.choose("#invite-role", role);
  await hand.press("form[action='/desk/people'] button");
  const link = new URL(await page.locator(".secret").textContent());
  return link.pathname + link.search;
}

// signUp goes by keyboard from the link to the desk, invites somebody, and gives the session and their link.
export async function signUp(browser, base, link) {
  const context = await browser.newContext({ ...devices.desktop, javaScriptEnabled: false });
  try {
    const { trouble } = await watch(context, base);
    const page = await context.newPage();
    const hand = keyboard(page);
    await enrol(page, hand, base + link);
    const [session] = (await context.cookies()).filter((c) => c.name === "__Host-desk");
    expect(session?.secure && session.httpOnly && session.sameSite === "Lax", `the cookie is ${JSON.stringify(session)}`);
    const invitation = await invite(page, hand, base, "eva@example.org", "Eva");
    expect(trouble.length === 0, trouble.join("\n"));
    return { session, invitation };
  } finally {
    await context.close();
  }
}

// asks gives what asks the desk as whoever is signed in; without a body it reads.
const asks = (base, session) => async (path, body) => {
  const answer = await fetch(`${base}/api/v1/desk${path}`, {
    method: body ? "POST" : "GET",
    body: body && JSON.stringify(body),
    headers: { Cookie: `${session.name}=${session.value}`, Origin: base, "Content-Type": "application/json" },
  });
  const text = await answer.text();
  expect(answer.ok, `${path} answered ${answer.status}: ${text}`);
  return JSON.parse(text);
};

// propose has whoever is signed in propose another name for a listing, and gives the proposal's id.
export async function propose(base, session, listing) {
  const ask = asks(base, session);
  const begun = await ask(`/listings/${listing}/propose`, {});
  await ask(`/proposals/${begun.id}`, { version: begun.version, note: "as their page says", listing: { ...begun.listing, name: "Theirs" } });
  return begun.id;
}

// autosaves holds the form of a draft to keeping what is written before anybody presses a button.
export async function autosaves(browser, base, session, proposal) {
  const context = await browser.newContext({ ...devices.desktop, serviceWorkers: "block" });
  try {
    await context.addCookies([session]);
    const { trouble } = await watch(context, base);
    const [page, other] = [await context.newPage(), await context.newPage()];
    const address = `${base}/desk/proposals/${proposal}/edit`;
    for (const p of [page, other]) await p.goto(address);
    const said = (p) => p.waitForFunction(() => document.querySelector("[data-autosave-status]").textContent !== "");
    for (const words of ["first words", "second words"]) {
      await page.fill("#f-description", words);
      const [answer] = await Promise.all([page.waitForResponse((r) => r.request().method() === "POST"), said(page)]);
      expect(answer.status() === 303, `an autosave answered ${answer.status()}`);
    }
    await other.fill("#f-audience", "typed elsewhere");
    await said(other);
    const [status, stale] = await other.locator("[data-autosave-status]").evaluate((e) => [e.textContent, e.dataset.stale]);
    expect(status === stale, `a stale autosave says ${status}`);
    await page.goto(address);
    expect((await page.inputValue("#f-description")) === "second words", "what was typed is not kept");
    expect(trouble.filter((t) => !t.includes("409")).length === 0, trouble.join("\n"));
  } finally {
    await context.close();
  }
}

// confirm records a call in which what is asked about the first number is confirmed.
export async function confirm(page, hand, address) {
  await page.goto(address);
  await hand.tick("#q-0-none");
  await page.keyboard.press("ArrowRight");
  await hand.write("#f-note", "spoke with the front desk");
  await hand.press("main form button[type=submit]");
  const heading = await page.locator("h1").textContent();
  expect(heading.startsWith("History: "), `a recorded call leads to ${heading}`);
  const changed = await page.locator("section.panel").first().textContent();
  expect(changed.includes("Verified on") && changed.includes("spoke with the front desk"), `the newest revision says ${changed}`);
}

// calls records a call by keyboard alone and without scripts.
export async function calls(browser, base, session, listing) {
  const context = await browser.newContext({ ...devices.desktop, javaScriptEnabled: false });
  try {
    await context.addCookies([session]);
    const { trouble } = await watch(context, base);
    const page = await context.newPage();
    await confirm(page, keyboard(page), `${base}/desk/listings/${listing}/call`);
    expect(trouble.length === 0, trouble.join("\n"));
  } finally {
    await context.close();
  }
}

// fillQueues has something wait in the queues: a message of a visitor, a pair of the real listings that may be one, and
// a bulk change. It gives their ids.
export async function fillQueues(base, session, listing) {
  const ask = asks(base, session);
  for (const message of ["The number is out of service.", "Nobody answers."]) {
    const sent = await fetch(`${base}/api/v1/feedback`, { method: "POST", body: JSON.stringify({ kind: "error", message, listing }), headers: { "Content-Type": "application/json" } });
    expect(sent.ok, `a message was answered ${sent.status}`);
  }
  const first = async (queue) => {
    for (let tries = 0; tries < 100; tries++) {
      const { tasks } = await ask(`/queues/${queue}`);
      if (tasks.length) return tasks[0].id;
      await new Promise((next) => setTimeout(next, 100)); // listings are surveyed in the background
    }
    throw new Error(`nothing waits in ${queue}`);
  };
  const bulk = await ask("/bulk", { listing: [listing], change: "claim", term: "treatment.esketamine", value: "yes", source: "https://example.org" });
  return { report: await first("reported"), pair: await first("duplicates"), bulk: bulk.id };
}
