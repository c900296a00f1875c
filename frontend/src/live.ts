// Live results: a changed filter fetches the results as one piece of HTML. Only the summary is announced, focus stays
// where it is, and a late answer never overwrites a newer one. The form of a private search is not live: it is sent as
// forms are.

const faulty = [400, 422]; // what was asked can't be: the results say why

let asked: AbortController | undefined;
let shown = location.search;

// reveal shows what needs scripts, in a page or in results that came later.
export function reveal(root: ParentNode): void {
  for (const e of root.querySelectorAll<HTMLElement>("[data-needs-script][hidden]")) e.hidden = false;
}

export function keepUpToDate(): void {
  const form = document.querySelector<HTMLFormElement>("form[data-live]");
  if (!form) return;
  form.addEventListener("change", (e) => {
    const field = e.target as HTMLInputElement | HTMLSelectElement;
    if (field instanceof HTMLSelectElement || field.type === "checkbox" || field.type === "radio") void refresh(form);
  });
  addEventListener("popstate", () => {
    if (location.search === shown) return; // a link within the page
    fill(form, new URLSearchParams(location.search));
    void show(form, location.search.slice(1));
    shown = location.search;
  });
}

// refresh shows what the form asks now.
export async function refresh(form: HTMLFormElement): Promise<void> {
  const question = questionOf(form);
  if (!(await show(form, question))) return;
  const address = new URL(form.action);
  address.search = question;
  if (address.search === location.search) return;
  history.pushState(null, "", address);
  shown = location.search;
}

function questionOf(form: HTMLFormElement): string {
  const question = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string" && value.trim()) question.append(name, value);
  return question.toString();
}

// show replaces the results; false says that a newer question came in between.
async function show(form: HTMLFormElement, question: string): Promise<boolean> {
  asked?.abort();
  const mine = (asked = new AbortController());
  const results = document.querySelector<HTMLElement>("[data-results]");
  results?.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(`${form.dataset.fragment}?${question}`, { signal: mine.signal });
    const html = await answer.text();
    if (mine.signal.aborted) return false;
    if (!results || !(answer.ok || faulty.includes(answer.status))) throw new Error(String(answer.status));
    put(results, html);
    return true;
  } catch (e) {
    if (mine.signal.aborted) return false;
    form.submit(); // the page itself says what is wrong
    return false;
  } finally {
    if (asked === mine) results?.removeAttribute("aria-busy");
  }
}

function put(results: HTMLElement, html: string): void {
  const piece = document.createElement("template");
  piece.innerHTML = html;
  const said = piece.content.querySelector<HTMLElement>("template[data-title]")?.dataset;
  const counts = piece.content.querySelector<HTMLTemplateElement>("template[data-counts]");
  document.dispatchEvent(new CustomEvent("resultsleaving"));
  results.replaceChildren(piece.content);
  reveal(results);
  if (said?.title) document.title = said.title;
  const announce = document.querySelector("[data-announce]");
  if (announce) announce.textContent = said?.summary ?? "";
  if (counts) count(counts.content);
  document.dispatchEvent(new CustomEvent("resultschange"));
}

// count renews the numbers beside the filters. What is not counted any more finds nothing, and says nothing.
function count(counts: DocumentFragment): void {
  for (const old of document.querySelectorAll(".box .count")) old.textContent = "";
  for (const n of counts.querySelectorAll<HTMLElement>("[data-count-for]")) {
    const place = document.getElementById(n.dataset.countFor!);
    const shown = place instanceof HTMLInputElement ? countBeside(place) : place;
    if (shown) shown.textContent = n.textContent;
  }
}

function countBeside(box: HTMLInputElement): Element {
  const text = box.closest("label")!.lastElementChild!;
  const there = text.querySelector(".count");
  if (there) return there;
  const fresh = document.createElement("span");
  fresh.className = "count";
  text.append(" ", fresh);
  return fresh;
}

// fill sets the fields to a question that Back or Forward came to.
function fill(form: HTMLFormElement, question: URLSearchParams): void {
  for (const field of form.elements) {
    if (field instanceof HTMLInputElement && (field.type === "checkbox" || field.type === "radio")) {
      field.checked = question.getAll(field.name).some((v) => v === field.value || v.split(",").includes(field.value));
    } else if (field instanceof HTMLInputElement && field.name) {
      field.value = question.get(field.name) ?? "";
    } else if (field instanceof HTMLSelectElement) {
      const value = question.get(field.name);
      const fresh = [...field.options].findIndex((o) => (value === null ? o.defaultSelected : o.value === value));
      field.selectedIndex = Math.max(0, fresh);
    }
  }
}
