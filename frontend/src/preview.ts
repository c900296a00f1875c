// Shows what is written in a form as the public would see it, while it is written: the server draws it, by the page of
// the public.
const pause = 800; // after the last key

export function preview(form: HTMLFormElement, pane: HTMLElement) {
  const status = pane.querySelector<HTMLElement>("[data-preview-status]")!;
  const shown = pane.querySelector<HTMLElement>("[data-preview-page]")!;
  let timer = 0;
  let asked: AbortController | undefined;

  const draw = async () => {
    asked?.abort();
    const mine = (asked = new AbortController());
    const sent = new URLSearchParams();
    for (const [name, value] of new FormData(form)) sent.append(name, String(value));
    try {
      const answer = await fetch(pane.dataset.preview!, { method: "POST", body: sent, signal: mine.signal });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (mine.signal.aborted) return;
      const article = page.querySelector<HTMLElement>("article.listing");
      if (!answer.ok || !article) throw new Error(String(answer.status));
      shown.replaceChildren(within(article));
      status.textContent = pane.dataset.drawn!;
    } catch {
      if (!mine.signal.aborted) status.textContent = pane.dataset.failed!;
    }
  };

  form.addEventListener("input", () => {
    clearTimeout(timer);
    asked?.abort(); // what it would show is old
    status.textContent = ""; // so that the same words are said anew
    timer = window.setTimeout(draw, pause);
  });
  void draw();
}

// within makes a page a part of another: its names are none of the other's, its parts no landmarks, and what it leads to
// opens beside what is being typed.
function within(article: HTMLElement): HTMLElement {
  for (const e of article.querySelectorAll("section")) e.removeAttribute("aria-labelledby");
  for (const name of ["id", "for", "aria-labelledby", "aria-describedby"])
    for (const e of article.querySelectorAll(`[${name}]`)) e.setAttribute(name, `preview-${e.getAttribute(name)}`);
  for (const e of article.querySelectorAll<HTMLAnchorElement | HTMLFormElement>("a, form")) e.target = "_blank";
  return article;
}
