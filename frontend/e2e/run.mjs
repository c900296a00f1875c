// The browser tests: node e2e/run.mjs [part of a state's name]. With a name only the audit of such states runs, or the
// week of the curators.
import { audit } from "./audit.mjs";
import { behaviour } from "./behaviour.mjs";
import { launch } from "./browser.mjs";
import { budgets } from "./budgets.mjs";
import { check, expect, finish } from "./checks.mjs";
import { autosaves, calls, claimListing, claims, clash, fillQueues, passkeys, pins, propose, rewords, signUp, touches } from "./desk.mjs";
import { journeys, offline } from "./journeys.mjs";
import { startServer } from "./server.mjs";
import { findIDs, states } from "./states.mjs";
import { weeks } from "./week.mjs";

const [only] = process.argv.slice(2);
const began = Date.now();
const step = (name) => console.log(`[${((Date.now() - began) / 1000).toFixed(0)}s] ${name}`);

const server = await startServer();
const browser = await launch();
let code = 1;
try {
  const base = server.url;
  const ids = { ...(await findIDs(base)), withdrawn: server.withdrawn };
  step("signing up at the desk");
  Object.assign(ids, await signUp(browser, base, server.invitation));
  ids.proposal = await propose(base, ids.session, ids.center);
  Object.assign(ids, await fillQueues(base, ids.session, ids.center), await claimListing(base, ids.center, server.codeFor), await clash(browser, server, ids.session, ids.other));
  await rewords(base, ids.session);
  if (!only) {
    step("keeping a draft");
    await check("a draft is kept while it is written", async () => autosaves(browser, base, ids.session, await propose(base, ids.session, ids.therapist)));
    step("a pin and a preview");
    const placed = await propose(base, ids.session, ids.therapist);
    await check("a pin is moved, and what is typed is previewed", () => pins(browser, base, ids.session, placed));
    await check("a pin follows a finger", () => touches(browser, base, ids.session, placed));
    step("a call by keyboard");
    await check("a call is recorded by keyboard alone", () => calls(browser, base, ids.session, ids.helpline));
    step("a passkey");
    await check("a passkey is made, signs in, and is taken away", () => passkeys(browser, base, ids.session, ids.secret));
    step("a claim by keyboard");
    await check("a provider corrects its listing by keyboard alone", () => claims(browser, base, ids.center, server.codeFor));
    step("budgets");
    await budgets(browser, base);
    step("journeys");
    await journeys(browser, base);
    step("behaviour");
    await behaviour(browser, base, ids);
  }
  if ("a curator's week".includes(only ?? "")) {
    step("a curator's week");
    await weeks(browser);
  }
  step("every state of every page");
  await audit(browser, base, ids, states.filter((s) => s.name.includes(only ?? "")));
  await check("the server logged no error", () => expect(server.errors().length === 0, server.errors().join("\n")));
  if (!only) {
    step("without a network");
    await offline(browser, base, server.stop);
  }
  step("done");
  code = finish();
} finally {
  await browser.close();
  await server.stop();
  server.clean();
}
process.exit(code);
