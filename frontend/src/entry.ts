// What every page loads: the islands that make a page that works already a little easier to use. Each finds its
// elements by data attributes and does nothing on pages without them; all words come from the page.
import { leaveQuickly } from "./exit";
import { keepUpToDate, reveal } from "./live";
import { locate } from "./locate";
import { keepHelplines } from "./offline";
import { share } from "./share";

reveal(document);
leaveQuickly();
keepUpToDate();
locate();
share();
keepHelplines();
const proven = document.querySelector<HTMLFormElement>("form[data-proof]");
if (proven) void import("./proof").then((m) => m.prove(proven));

document.addEventListener("click", (e) => {
  const open = (e.target as Element).closest<HTMLButtonElement>("[data-map-open]");
  const slot = open?.closest<HTMLElement>("[data-map]");
  if (!open || !slot) return;
  open.setAttribute("aria-busy", "true");
  import("./map/map")
    .then((m) => m.openMap(slot))
    .catch(() => {
      open.removeAttribute("aria-busy");
      slot.querySelector("[data-map-status]")!.textContent = slot.dataset.failed ?? "";
    });
});
