// How a person comes to the desk: by a link, a phone that makes codes, and a password.
import { createHmac } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { devices, watch } from "./browser.mjs";
import { eventually, expect } from "./checks.mjs";
import { keyboard, pointer } from "./hands.mjs";

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
    const secret = await enrol(page, hand, base + link);
    const [session] = (await context.cookies()).filter((c) => c.name === "__Host-desk");
    expect(session?.secure && session.httpOnly && session.sameSite === "Lax", `the cookie is ${JSON.stringify(session)}`);
    const invitation = await invite(page, hand, base, "eva@example.org", "Eva");
    expect(trouble.length === 0, trouble.join("\n"));
    return { session, invitation, secret };
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
  return text && JSON.parse(text);
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
      const [answer] = await Promise.all([page.waitForResponse((r) => r.request().method() === "POST" && !r.url().endsWith("/preview")), said(page)]);
      expect(answer.status() === 303, `an autosave answered ${answer.status()}`);
    }
    await other.fill("#f-audience", "typed elsewhere");
    await said(other);
    const [status, stale] = await other.locator("[data-autosave-status]").evaluate((e) => [e.textContent, e.dataset.stale]);
    expect(status === stale, `a stale autosave says ${status}`);
    await page.goto(address);
    expect((await page.inputValue("#f-description")) === "second words", "what was typed is not kept");

    let letGo; // an answer to what is being saved, which comes after the button
    const late = new Promise((done) => (letGo = done));
    await page.route("**/desk/proposals/*", async (route) => {
      const saved = await route.fetch({ maxRedirects: 0 });
      await late;
      await route.fulfill({ response: saved });
    }, { times: 1 });
    await page.fill("#f-description", "third words");
    await page.waitForRequest((r) => r.method() === "POST" && !r.url().endsWith("/preview"));
    await page.fill("#f-audience", "typed while it is saved");
    const button = page.locator("main button[name=do][value=preview]");
    await button.click();
    await button.click();
    const [answer] = await Promise.all([page.waitForNavigation(), letGo()]);
    expect(answer.ok() && answer.url().endsWith("/preview"), `${answer.url()} answered ${answer.status()}`);
    await page.goto(address);
    expect((await page.inputValue("#f-audience")) === "typed while it is saved", "what was typed while it was saved is not kept");
    expect(trouble.filter((t) => !t.includes("409")).length === 0, trouble.join("\n"));
  } finally {
    await context.close();
  }
}

// pins holds the map of a site's point to being moved by arrow keys, by a mouse and by what is typed, and the preview
// beside the form to show what is typed before it is saved.
export async function pins(browser, base, session, proposal) {
  const context = await browser.newContext({ ...devices.desktop, serviceWorkers: "block" });
  try {
    await context.addCookies([session]);
    const { trouble } = await watch(context, base);
    const page = await context.newPage();
    await page.goto(`${base}/desk/proposals/${proposal}/edit`);
    const value = async (name) => Number(await page.inputValue(`#f-sites-0-${name}`));
    const where = async () => [await value("lat"), await value("lng")];
    const slot = page.locator("#f-sites-0 [data-pin]");
    const shown = () => slot.locator("[data-pin-map]").evaluate((e) => [Number(e.dataset.lat), Number(e.dataset.lng), Number(e.dataset.reach)]);
    const near = (a, b, off) => Math.abs(a - b) < off;

    const [lat, lng] = await where();
    await slot.locator("[data-pin-drawing]").focus();
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Shift+ArrowRight");
    const [north, east] = await where();
    expect(north > lat && near(north, lat, 0.01) && east > lng && near(east, lng, 0.02), `arrow keys lead from ${lat}, ${lng} to ${north}, ${east}`);
    const status = slot.locator("[data-pin-status]");
    await eventually("the position is said", async () => (await status.textContent()).includes(String(north)));
    for (let i = 0; i < 9; i++) await page.keyboard.press("Shift+ArrowUp"); // to the edge
    await eventually("the map follows the pin", async () => (await shown())[0] > north);
    expect(await slot.locator("[data-pin-drawing]").evaluate((e) => e === document.activeElement), "the focus was lost");

    const [, , reach] = await shown();
    await page.keyboard.press("+");
    await eventually("plus draws closer", async () => (await shown())[2] < reach);
    const map = slot.locator("[data-pin-drawing]");
    const { width, height } = await map.boundingBox();
    await map.hover({ position: { x: width / 2, y: height / 2 - 10 } }); // once it stands still
    const box = await map.boundingBox();
    const [x, y, before] = [box.x + width / 2, box.y + height / 2, await where()];
    await page.mouse.down();
    await page.mouse.move(x - 60, y + 30, { steps: 4 });
    await page.mouse.up();
    const dragged = await where();
    expect(dragged[0] < before[0] && dragged[1] < before[1], `dragged from ${before} to ${dragged}`);

    await page.fill("#f-sites-0-lat", "42.36");
    await page.fill("#f-sites-0-lng", "-71.06");
    await page.press("#f-sites-0-lng", "Tab");
    await eventually("what is typed moves the pin", async () => near((await shown())[0], 42.36, 0.0001));
    for (const [name, text] of Object.entries({ street: "", city: "", division: "", postal_code: "10001", country: "US" })) await page.fill(`#f-sites-0-${name}`, text);
    await slot.locator("xpath=..").locator("button[value=locate-0]").click();
    await eventually("a ZIP is found", async () => near(await value("lat"), 40.75, 0.1) && (await page.inputValue("#f-sites-0-precision")) === "postal");
    await eventually("and said with its precision", async () => /10001.*postal area/.test(await status.textContent()));

    await page.fill("#f-name", "A name nobody saved");
    await eventually("the preview shows it", async () => (await page.locator("[data-preview-page] h1").textContent()) === "A name nobody saved");
    await eventually("and says so", async () => (await page.locator("[data-preview-status]").textContent()) !== "");
    expect(trouble.length === 0, trouble.join("\n"));
  } finally {
    await context.close();
  }
}

// touches holds the pin to following a finger, which elsewhere on the map scrolls the page.
export async function touches(browser, base, session, proposal) {
  const context = await browser.newContext({ ...devices.phone, serviceWorkers: "block" });
  try {
    await context.addCookies([session]);
    const page = await context.newPage();
    await page.goto(`${base}/desk/proposals/${proposal}/edit`);
    const map = page.locator("#f-sites-0 [data-pin-drawing][tabindex]");
    await map.scrollIntoViewIfNeeded();
    const box = await map.boundingBox();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2 - 8];
    const where = async () => [Number(await page.inputValue("#f-sites-0-lat")), Number(await page.inputValue("#f-sites-0-lng"))];
    const before = await where();
    const finger = await context.newCDPSession(page);
    const send = (type, ...points) => finger.send("Input.dispatchTouchEvent", { type, touchPoints: points });
    await send("touchStart", { x, y });
    for (const step of [10, 20, 30, 40]) await send("touchMove", { x: x + step, y: y - step });
    await send("touchEnd");
    const after = await where();
    expect(after[0] > before[0] && after[1] > before[1], `a finger leads from ${before} to ${after}`);
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
  const dead = {};
  for (const kind of ["dead-number", "no-answer", "not-taking"]) {
    const sent = await fetch(`${base}/api/v1/feedback`, { method: "POST", body: JSON.stringify({ kind, listing, message: kind === "no-answer" ? "Three days in a row." : "" }), headers: { "Content-Type": "application/json" } });
    expect(sent.ok, `a dead line was answered ${sent.status}`);
    dead[kind] = (await sent.json()).receipt;
  }
  const bulk = await ask("/bulk", { listing: [listing], change: "claim", term: "treatment.esketamine", value: "yes", source: "https://example.org" });
  return { dead, report: await first("reported"), pair: await first("duplicates"), bulk: bulk.id, upload: await upload(base, session) };
}

// colleague signs up somebody else, who starts what one prepared, and gives their session.
async function colleague(browser, server) {
  const link = server.run("curator", "add", "ben@example.org", "--name", "Ben", "--role", "reviewer").match(/\/desk\/sign-up\?code=\w+/)[0];
  const context = await browser.newContext({ ...devices.desktop, javaScriptEnabled: false });
  try {
    const page = await context.newPage();
    await enrol(page, pointer(page), server.url + link);
    return (await context.cookies()).find((c) => c.name === "__Host-desk");
  } finally {
    await context.close();
  }
}

// clash has a curator and a file answer the same question about a listing differently, and gives the bulk change by which
// the curator did.
export async function clash(browser, server, session, listing) {
  const ask = asks(server.url, session);
  const another = asks(server.url, await colleague(browser, server));
  const was = server.run("export").split("\n").filter(Boolean).map((line) => JSON.parse(line)).find((l) => l.id === listing);
  const { id } = await ask("/bulk", { listing: [listing], change: "claim", term: "treatment.esketamine", value: "yes", source: "https://example.org/by-the-desk" });
  await another(`/bulk/${id}/start`, {});
  await eventually("a bulk change is done", async () => (await ask(`/bulk/${id}`)).state === "done");
  const file = join(server.dir, "register.jsonl");
  const claims = [...(was.claims ?? []), { source: "https://example.org/register", at: "2026-11-20T00:00:00Z", no: ["treatment:esketamine"] }];
  writeFileSync(file, JSON.stringify({ ...was, claims, audience: "Adults, as the register says" }));
  server.run("import", file);
  return { clashed: listing, bulked: id };
}

// upload has a file come in that can't be read to its end, and gives its id.
async function upload(base, session) {
  const answer = await fetch(`${base}/api/v1/desk/imports?name=register.csv`, {
    method: "POST",
    body: "kind,status,name\ntherapist,draft,Nobody\n",
    headers: { Cookie: `${session.name}=${session.value}`, Origin: base, "Content-Type": "text/csv" },
  });
  expect(answer.status === 201, `an upload answered ${answer.status}`);
  return (await answer.json()).id;
}

// passkeys makes a passkey on a device that Chromium plays, signs in with it and nothing else, and takes it away again.
export async function passkeys(browser, base, session, secret) {
  const context = await browser.newContext({ ...devices.desktop, serviceWorkers: "block" });
  try {
    await context.addCookies([session]);
    const { trouble } = await watch(context, base);
    const page = await context.newPage();
    const { press, write } = keyboard(page);
    const device = await context.newCDPSession(page);
    await device.send("WebAuthn.enable");
    const options = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
    const { authenticatorId } = await device.send("WebAuthn.addVirtualAuthenticator", { options });
    const owner = (isUserVerified) => device.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified });
    const button = "form[data-passkey] button";

    await page.goto(`${base}/desk/account`);
    await write("#passkeys-password", password);
    await write("#passkeys-code", codeOf(secret, Date.now() + 30_000)); // the code of now may have signed up
    await write("#passkeys-passkey_name", "Ana's phone");
    await press("form[action='/desk/account/passkeys/challenge'] button");
    await page.locator(button).waitFor();
    await press(button);
    await page.getByText("Ana's phone").first().waitFor();
    const { credentials } = await device.send("WebAuthn.getCredentials", { authenticatorId });
    expect(credentials.length === 1 && credentials[0].isResidentCredential && credentials[0].rpId === "localhost", `the device keeps ${JSON.stringify(credentials)}`);

    await context.clearCookies();
    await page.goto(`${base}/desk/sign-in?to=/desk/audit`);
    await press("form[action='/desk/sign-in/passkey/challenge'] button");
    await page.locator(button).waitFor();
    await owner(false);
    await press(button);
    await eventually("a passkey that is refused is spoken of", () => page.locator("[data-passkey-failed]").textContent());
    await owner(true);
    await press(button);
    await page.waitForURL(`${base}/desk/audit`);
    expect((await page.locator("tbody tr").first().textContent()).includes("with: passkey"), "the log does not say that a passkey signed in");

    await page.goto(`${base}/desk/account`);
    await press("form[action*='/desk/account/passkeys/'][action$='/remove'] button");
    await eventually("the passkey is gone", async () => (await page.getByText("Ana's phone").count()) === 0);
    expect(trouble.length === 0, trouble.join("\n"));
  } finally {
    await context.close();
  }
  const plain = await browser.newContext({ ...devices.desktop, javaScriptEnabled: false });
  try {
    const page = await plain.newPage();
    await page.goto(`${base}/desk/sign-in`);
    await page.locator("form[action='/desk/sign-in/passkey/challenge'] button").click();
    expect(await page.locator("[data-passkey-off]").isVisible(), "without a script nobody says what is missing");
    expect(!(await page.locator("form[data-passkey]").isVisible()), "without a script there is a button that does nothing");
  } finally {
    await plain.close();
  }
}

// claimListing has providers ask about a listing: one whose code is not entered, one to correct it and one to remove it. It
// gives the claims' ids.
export async function claimListing(base, listing, codeFor) {
  const send = async (path, body) => {
    const answer = await fetch(`${base}/api/v1${path}`, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
    expect(answer.ok, `${path} answered ${answer.status}: ${answer.ok || (await answer.text())}`);
    return answer.json();
  };
  const ask = async (address, body) => (await send(`/listings/${listing}/claims`, { revision: 1, who: "Ana, office manager", email: address, ...body })).claim;
  const prove = async (claim, address) => {
    const { state } = await send(`/claims/${claim}/code`, { code: await codeFor(address) });
    expect(state === "open", `a proven claim is ${state}`);
    return claim;
  };
  const corrected = { wish: "correct", message: "We have moved.", changes: { "accepting.status": "no", "channels[0].number": "+1 617 555 0177" } };
  return {
    unproven: await ask("idle@example.org", { wish: "correct", message: "Nobody enters this code." }),
    claim: await prove(await ask("ana@example.org", corrected), "ana@example.org"),
    removal: await prove(await ask("eva@example.org", { wish: "remove" }), "eva@example.org"),
  };
}

// claims corrects a listing as its provider, by keyboard alone and without scripts.
export async function claims(browser, base, listing, codeFor) {
  const context = await browser.newContext({ ...devices.phone, javaScriptEnabled: false });
  try {
    const { trouble } = await watch(context, base);
    const page = await context.newPage();
    const { press, write } = keyboard(page);
    await page.goto(`${base}/listings/${listing}`);
    await press(`a[href="/claim/${listing}"]`);
    await page.locator("#g-accepting").waitFor();
    await press("#g-accepting > summary");
    await write("#f-accepting-wait", "four weeks");
    await write("#who", "Eva");
    await write("#email", "by-hand@example.org");
    await press("main form > button[type=submit]");
    await page.locator("#code").waitFor();
    await write("#code", await codeFor("by-hand@example.org"));
    await press("main form.panel button");
    await eventually("a proven claim is taken", async () => (await page.locator("h1").textContent()) === "We have it");
    expect(trouble.length === 0, trouble.join("\n"));
  } finally {
    await context.close();
  }
}

// rewords gives a term another name, which the next search has to know.
export async function rewords(base, session) {
  const ask = asks(base, session);
  const { term } = await ask("/vocabulary/modality/emdr");
  const { facet, code, label_en, label_es, synonyms, revision } = term;
  await ask(`/vocabulary/${facet}/${code}`, { revision, label_en, label_es, synonyms: [...synonyms, "zorblatt", "talk therapy"], note: "patients say so" });
  const { understood } = await (await fetch(`${base}/api/v1/listings?q=zorblatt`)).json();
  expect(understood?.[0]?.value === code, `the next search understands ${JSON.stringify(understood)}`);
}
