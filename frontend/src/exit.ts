// Leaving at once: the link works alone; this adds Shift three times and blanks the page while the other one loads.

const within = 5000; // milliseconds from the first press to the third

export function leaveQuickly(): void {
  const link = document.querySelector<HTMLAnchorElement>("a[data-exit]");
  if (!link) return;
  const told = document.createElement("p");
  told.className = "visually-hidden";
  told.setAttribute("role", "status");
  link.after(told);

  const leave = () => {
    document.documentElement.classList.add("leaving");
    document.title = link.dataset.leaving ?? "";
    location.replace(link.href); // Back must not lead here
  };
  link.addEventListener("click", (e) => {
    e.preventDefault();
    leave();
  });

  let presses = 0;
  let first = 0;
  let alone = false; // Shift with another key is a capital letter, not a press
  const tell = (n: number) => {
    presses = n;
    told.textContent = (n && link.getAttribute(`data-pressed-${n}`)) || "";
  };
  document.addEventListener("keydown", (e) => {
    alone = e.key === "Shift";
    if (!alone && presses) tell(0);
  });
  document.addEventListener("keyup", (e) => {
    if (e.key !== "Shift" || !alone) return;
    if (e.timeStamp - first > within) presses = 0;
    if (presses === 0) first = e.timeStamp;
    if (presses === 2) leave();
    else tell(presses + 1);
  });
  addEventListener("pageshow", (e) => {
    if (e.persisted) document.documentElement.classList.remove("leaving");
  });
}
