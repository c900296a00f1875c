// After one visit the helplines and emergency numbers of a person's country can be read without a network.

const kept = /^(\/es)?\/(helplines|emergency)(\/[A-Za-z]{2})?$/;

export function keepHelplines(): void {
  const saving = (navigator as { connection?: { saveData?: boolean } }).connection?.saveData;
  if (!navigator.serviceWorker || saving) return;
  addEventListener("load", async () => {
    try {
      await navigator.serviceWorker.register("/sw.js", { updateViaCache: "none" });
      const { active } = await navigator.serviceWorker.ready;
      active?.postMessage({ keep: pages() });
    } catch {
      // Without a worker the pages need the network; nothing else changes.
    }
  });
}

// pages are those of the person's language, the lines of the country the page shows, and this page if it is one. What
// a private search found shows the country that was searched: it adds none.
function pages(): string[] {
  const home = document.documentElement.lang === "es" ? "/es" : "";
  const searchedPrivately = document.querySelector("form#search[method=post]");
  const country = (!searchedPrivately && document.querySelector<HTMLAnchorElement>(".crisis a.all")?.pathname) || "";
  return [home + "/helplines", home + "/emergency", country, location.pathname].filter((p) => kept.test(p));
}
