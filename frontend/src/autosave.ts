// Saves a draft while it is written. The form is sent as its button would send it, and what comes back is the page of
// the draft with its new version: nothing here knows what a listing is.
const pause = 4_000; // after the last key
const patience = 15_000; // that an answer may take before a person no longer waits for it

export function autosave(form: HTMLFormElement) {
  const status = form.querySelector<HTMLElement>("[data-autosave-status]")!;
  const version = form.querySelector<HTMLInputElement>("input[name=version]")!;
  let timer = 0;
  let saving: Promise<void> | undefined;
  let held = false; // a button was pressed while a save is under way

  const save = async () => {
    const sent = new URLSearchParams();
    for (const [name, value] of new FormData(form)) sent.append(name, String(value));
    sent.set("do", "save");
    try {
      const answer = await fetch(form.action, { method: "POST", body: sent, signal: AbortSignal.timeout(patience) });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = page.querySelector<HTMLInputElement>("form[data-autosave] input[name=version]");
      if (answer.ok && answer.redirected && next) {
        version.value = next.value;
        status.textContent = page.querySelector("[data-saved]")?.textContent ?? "";
      } else {
        status.textContent = (answer.status === 409 ? status.dataset.stale : status.dataset.failed) ?? "";
      }
    } catch {
      status.textContent = status.dataset.failed ?? "";
    } finally {
      saving = undefined;
    }
  };

  const later = () => {
    clearTimeout(timer);
    timer = window.setTimeout(async () => {
      while (saving) await saving;
      saving = save();
    }, pause);
  };

  form.addEventListener("input", later);
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    if (!saving) return;
    event.preventDefault(); // over the version that is being saved, or one's own words meet themselves as a conflict
    if (held) return;
    held = true;
    void saving.then(() => {
      held = false;
      form.requestSubmit(event.submitter);
    });
  });
}
