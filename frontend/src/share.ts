// Sharing a page: the device's own way, else the address is copied.

export function share(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-share]")) {
    const words = button.textContent;
    const status = document.createElement("span");
    status.className = "visually-hidden";
    status.setAttribute("role", "status");
    button.after(status);
    button.addEventListener("click", async () => {
      const { url = location.pathname, title = document.title } = button.dataset;
      const address = new URL(url, location.href).href;
      try {
        if (navigator.share) return await navigator.share({ title, url: address });
        await navigator.clipboard.writeText(address);
        button.textContent = status.textContent = button.dataset.copied ?? words;
      } catch (e) {
        if ((e as Error).name !== "AbortError") button.textContent = status.textContent = button.dataset.failed ?? address;
      }
    });
  }
}
