// "Use my location": asked on a press alone, and rounded to about a kilometre before it leaves the page.

const decimals = 2;

export function locate(): void {
  const button = document.querySelector<HTMLButtonElement>("button[data-locate]");
  const near = document.querySelector<HTMLInputElement>("input[data-near]");
  const form = near?.form;
  if (!button || !near || !form || !navigator.geolocation) {
    if (button) (button.closest<HTMLElement>("[data-needs-script]") ?? button).hidden = true;
    return;
  }
  const status = document.createElement("p");
  status.setAttribute("role", "status");
  status.className = "hint";
  button.after(status);
  const say = (text = "") => (status.textContent = text);

  button.addEventListener("click", () => {
    button.setAttribute("aria-busy", "true");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        near.value = `${coords.latitude.toFixed(decimals)},${coords.longitude.toFixed(decimals)}`;
        const place = form.elements.namedItem("place");
        if (place instanceof HTMLInputElement) place.value = "";
        say(button.dataset.found);
        form.requestSubmit();
      },
      (e) => {
        button.removeAttribute("aria-busy");
        say(e.code === e.PERMISSION_DENIED ? button.dataset.denied : button.dataset.unavailable);
      },
      { timeout: 10_000, maximumAge: 600_000 },
    );
  });
}
