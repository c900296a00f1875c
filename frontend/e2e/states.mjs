// Every state of every page, one line each: what a page of the site can look like to a person. A new page gets a line
// here, and with it everything audit.mjs asks of a page, in both languages, on both devices, light and dark.
//
//   path     without the language; a function gets the ids of listings
//   status   of the answer, 200 where none is said
//   post     what a form sends, for a page that is asked by POST
//   act      what a person does first
//   first    the first result can be seen on a phone without scrolling
//   desk     seen by an administrator who is signed in
//   shot     one of the pictures make screenshots takes

const open = (selector) => async (page) => {
  for (const d of await page.locator(selector).all()) await d.evaluate((e) => (e.open = true));
};

const openMap = async (page) => {
  const opener = page.locator("[data-map-open]").first();
  await opener.evaluate((e) => e.closest("details")?.setAttribute("open", ""));
  await opener.click();
  await page.locator(".map-frame .pin").first().waitFor();
  await page.waitForFunction(() => document.querySelectorAll(".map-frame path.land").length > 0);
};

const previewed = async (page) => {
  await page.locator("[data-preview-page] article").waitFor();
};

export const states = [
  { name: "home", path: "/", shot: true },
  { name: "search: near a city", path: "/search?place=Boston&radius=25mi", first: true, shot: true },
  { name: "search: filtered, with chips", path: "/search?place=New+York&kind=therapist&modality=cbt&accepting=yes", first: true },
  { name: "search: filters open", path: "/search?place=Boston&treatment=ect", act: open("details.filters, details.group") },
  { name: "search: by phone or online", path: "/search?place=Boston&remote=all" },
  { name: "search: everywhere", path: "/search?treatment=ect" },
  { name: "search: sketch map", path: "/search?place=Boston", act: open("details:has([data-map])") },
  { name: "search: map", path: "/search?place=Boston", act: openMap, shot: true },
  { name: "search: nothing found", path: "/search?place=Nome,+AK&treatment=ect&radius=5mi", shot: true },
  { name: "search: which place is meant", path: "/search?place=Springfield" },
  { name: "search: unknown place", path: "/search?place=Xyzzyqwv", status: 422 },
  { name: "search: unknown filter", path: "/search?kind=magic", status: 400 },
  { name: "search: in private", path: "/search", post: "place=Boston&treatment=tms&radius=25mi" },
  { name: "listing: center", path: (ids) => `/listings/${ids.center}`, shot: true },
  { name: "listing: made-up therapist", path: (ids) => `/listings/${ids.therapist}` },
  { name: "listing: helpline", path: (ids) => `/listings/${ids.helpline}` },
  { name: "listing: map", path: (ids) => `/listings/${ids.center}`, act: openMap },
  { name: "helplines", path: "/helplines" },
  { name: "helplines: country", path: "/helplines/US", shot: true },
  { name: "helplines: open now", path: "/helplines/US?open_now=true" },
  { name: "helplines: another country", path: "/helplines/GB" },
  { name: "emergency", path: "/emergency" },
  { name: "emergency: country", path: "/emergency/GB" },
  { name: "guide", path: "/guide", shot: true },
  { name: "guide: topic", path: (ids) => `/guide/${ids.topics[0]}`, shot: true },
  { name: "guide: another topic", path: (ids) => `/guide/${ids.topics.at(-1)}?place=Boston` },
  { name: "about the data", path: "/about/data" },
  { name: "editorial policy", path: "/about/editorial" },
  { name: "privacy", path: "/privacy" },
  { name: "safety", path: "/safety" },
  { name: "accessibility", path: "/accessibility" },
  { name: "feedback", path: "/feedback" },
  { name: "feedback: about a listing", path: (ids) => `/feedback?listing=${ids.center}&kind=error` },
  { name: "feedback: a dead number", path: (ids) => `/feedback?listing=${ids.center}&kind=dead-number` },
  { name: "feedback: something is missing", path: "/feedback", post: "message=", status: 400 },
  { name: "thanks", path: "/feedback/thanks" },
  { name: "claim", path: (ids) => `/claim/${ids.center}` },
  { name: "claim: all of the form", path: (ids) => `/claim/${ids.center}`, act: open("details.group") },
  { name: "claim: something is wrong", path: (ids) => `/claim/${ids.center}`, post: "revision=1&hours.weekly=whenever&email=x", status: 400 },
  { name: "claim: an old form", path: (ids) => `/claim/${ids.center}`, post: "revision=0&wish=correct&description=typed", status: 409 },
  { name: "claim: enter the code", path: (ids) => `/claim/${ids.center}/${ids.unproven}` },
  { name: "claim: a wrong code", path: (ids) => `/claim/${ids.center}/${ids.unproven}`, post: "code=x", status: 400 },
  { name: "claim: it waits", path: (ids) => `/claim/${ids.center}/${ids.claim}` },
  { name: "no such page", path: "/nowhere", status: 404 },
  { name: "desk: sign in", path: "/desk/sign-in" },
  { name: "desk: sign in, wrong", path: "/desk/sign-in", post: "login=nobody&password=x&code=1", status: 401 },
  { name: "desk: passkey", path: "/desk/sign-in/passkey/challenge", post: "to=/desk" },
  { name: "desk: passkey, wrong", path: "/desk/sign-in/passkey", post: "credential=x", status: 400 },
  { name: "desk: session ended", path: "/desk/people", post: "login=eva&name=Eva", status: 401 },
  { name: "desk: sign up", path: (ids) => ids.invitation },
  { name: "desk: link is spent", path: "/desk/sign-up?code=x", status: 404 },
  { name: "desk: home", path: "/desk", desk: true },
  { name: "desk: account", path: "/desk/account", desk: true },
  { name: "desk: account, something is wrong", path: "/desk/account/password", post: "password=x&code=1&new_password=y", status: 400, desk: true },
  { name: "desk: people", path: "/desk/people", desk: true },
  { name: "desk: people, something is wrong", path: "/desk/people", post: "login=&name=&role=king", status: 400, desk: true },
  { name: "desk: keys", path: "/desk/keys", desk: true },
  { name: "desk: keys, something is wrong", path: "/desk/keys", post: "days=0", status: 400, desk: true },
  { name: "desk: audit log", path: "/desk/audit", desk: true },
  { name: "desk: proposals", path: "/desk/proposals", desk: true },
  { name: "desk: edit", path: (ids) => `/desk/proposals/${ids.proposal}/edit`, desk: true },
  { name: "desk: edit, something is wrong", path: (ids) => `/desk/proposals/${ids.proposal}`, post: "version=2&sites[0].lat=north&claims[0].term=modality:cbt&claims[0].at=x", status: 400, desk: true },
  { name: "desk: edit, two versions", path: (ids) => `/desk/proposals/${ids.proposal}`, post: "version=0&name=Mine&note=why", status: 409, desk: true },
  { name: "desk: edit, preview beside it", path: (ids) => `/desk/proposals/${ids.proposal}/edit`, act: previewed, desk: true },
  { name: "desk: find a point", path: (ids) => `/desk/proposals/${ids.proposal}/locate`, post: "address=02139", desk: true },
  { name: "desk: find a point, nowhere", path: (ids) => `/desk/proposals/${ids.proposal}/locate`, post: "address=Xyzzyqwv", status: 422, desk: true },
  { name: "desk: preview", path: (ids) => `/desk/proposals/${ids.proposal}/preview`, desk: true },
  { name: "desk: review", path: (ids) => `/desk/proposals/${ids.proposal}`, desk: true },
  { name: "desk: review, without a word", path: (ids) => `/desk/proposals/${ids.proposal}/drop`, post: "version=2", status: 400, desk: true },
  { name: "desk: history", path: (ids) => `/desk/listings/${ids.center}/history`, desk: true },
  { name: "desk: call sheet", path: (ids) => `/desk/listings/${ids.center}/call`, desk: true },
  { name: "desk: call sheet, something is wrong", path: (ids) => `/desk/listings/${ids.center}/call`, post: "call=0190b5d2-7c1e-7a3f-8f00-3c5d9e1a2b4c&revision=1&reached=answered&outcome:fees=closed", status: 400, desk: true },
  { name: "desk: dashboard", path: "/desk/dashboard", desk: true },
  { name: "desk: dashboard of one state", path: "/desk/dashboard?offer=treatment.ect&where=US-NE&beyond=100mi&order=distance", act: open("details"), desk: true },
  { name: "desk: dashboard, something is wrong", path: "/desk/dashboard?where=Atlantis", status: 400, desk: true },
  { name: "desk: queues", path: "/desk/queues", desk: true },
  { name: "desk: queue", path: "/desk/queues/overdue", desk: true },
  { name: "desk: queue of reports", path: "/desk/queues/reported", desk: true },
  { name: "desk: queue, something is wrong", path: (ids) => `/desk/queues/duplicates/${ids.pair}/snooze`, post: "until=tomorrow", status: 400, desk: true },
  { name: "desk: duplicate", path: (ids) => `/desk/duplicates/${ids.pair}`, desk: true },
  { name: "desk: duplicate, without a word", path: (ids) => `/desk/duplicates/${ids.pair}/dismiss`, post: "reason=", status: 400, desk: true },
  { name: "desk: report", path: (ids) => `/desk/reports/${ids.report}`, desk: true },
  { name: "desk: report, without a word", path: (ids) => `/desk/reports/${ids.report}/dismiss`, post: "reason=", status: 400, desk: true },
  { name: "desk: report of a dead number", path: (ids) => `/desk/reports/${ids.dead["dead-number"]}`, desk: true },
  { name: "desk: report of no answer", path: (ids) => `/desk/reports/${ids.dead["no-answer"]}`, desk: true },
  { name: "desk: report of no new patients", path: (ids) => `/desk/reports/${ids.dead["not-taking"]}`, desk: true },
  { name: "desk: import conflicts", path: "/desk/queues/conflicts", desk: true },
  { name: "desk: import conflict", path: (ids) => `/desk/conflicts/${ids.clashed}`, desk: true },
  { name: "desk: import conflict, undecided", path: (ids) => `/desk/conflicts/${ids.clashed}`, post: "version=0&seen=0", status: 409, desk: true },
  { name: "desk: claims", path: "/desk/claims", desk: true },
  { name: "desk: claim to correct", path: (ids) => `/desk/claims/${ids.claim}`, desk: true },
  { name: "desk: claim to remove", path: (ids) => `/desk/claims/${ids.removal}`, desk: true },
  { name: "desk: claim, without a word", path: (ids) => `/desk/claims/${ids.claim}/decline`, post: "reason=", status: 400, desk: true },
  { name: "desk: bulk changes", path: "/desk/bulk", desk: true },
  { name: "desk: bulk change", path: (ids) => `/desk/bulk/${ids.bulk}`, desk: true },
  { name: "desk: bulk change, done", path: (ids) => `/desk/bulk/${ids.bulked}`, desk: true },
  { name: "desk: choose listings", path: "/desk/bulk/choose?status=draft", desk: true },
  { name: "desk: imports", path: "/desk/imports", desk: true },
  { name: "desk: import", path: (ids) => `/desk/imports/${ids.upload}`, desk: true },
  { name: "desk: choose listings, something is wrong", path: "/desk/bulk", post: "query=status%3Ddraft&change=status&to_status=published", status: 400, desk: true },
  { name: "desk: vocabulary", path: "/desk/vocabulary?facet=treatment", desk: true },
  { name: "desk: vocabulary, something is wrong", path: "/desk/vocabulary", post: "facet=modality&code=A%20B&label_en=&label_es=&synonyms=rtms%0AI%20want%20to%20die&note=", status: 400, desk: true },
  { name: "desk: term", path: "/desk/vocabulary/modality/emdr", desk: true },
  { name: "desk: term, two versions", path: "/desk/vocabulary/modality/emdr", post: "revision=0&label_en=Mine&label_es=La%20m%C3%ADa&synonyms=EMDR&note=why", status: 409, desk: true },
  { name: "listing: withdrawn", path: (ids) => `/listings/${ids.withdrawn}`, status: 410 },
];

export const languages = [
  { code: "en", prefix: "" },
  { code: "es", prefix: "/es" },
];

export function addressOf(state, language, ids) {
  const path = typeof state.path === "function" ? state.path(ids) : state.path;
  return (language.prefix + path).replace(/^\/es\/$/, "/es");
}

// visit opens a state as a person comes to it.
export async function visit(page, base, state, language, ids) {
  const address = base + addressOf(state, language, ids);
  let answer;
  if (state.post) {
    await page.goto(base + (language.prefix || "/"));
    [answer] = await Promise.all([
      page.waitForNavigation(),
      page.evaluate(({ address, body }) => {
        const form = document.createElement("form");
        form.method = "post";
        form.action = address;
        for (const [name, value] of new URLSearchParams(body)) {
          const field = document.createElement("input");
          field.type = "hidden";
          field.name = name;
          field.value = value;
          form.append(field);
        }
        document.body.append(form);
        form.submit();
      }, { address, body: state.post }),
    ]);
  } else {
    answer = await page.goto(address);
  }
  await page.waitForLoadState("load");
  if (state.act) await state.act(page);
  return answer;
}

// findIDs looks up what the table speaks of.
export async function findIDs(base) {
  const first = async (query) => {
    const found = await (await fetch(`${base}/api/v1/listings?${query}`)).json();
    return [...found.hits, ...found.remote][0].id;
  };
  const guide = await (await fetch(`${base}/guide`)).text();
  const topics = [...new Set([...guide.matchAll(/href="\/guide\/([a-z0-9-]+)"/g)].map((m) => m[1]))];
  return {
    center: await first("kind=center&treatment=ect&place=Boston&limit=1"),
    other: await first("kind=center&treatment=ect&place=Chicago&limit=1"),
    therapist: await first("kind=therapist&place=Boston&limit=1"),
    helpline: await first("kind=helpline&country=US&q=988&limit=1"),
    topics,
  };
}
