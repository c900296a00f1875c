// Has the browser make a passkey, or ask one, with what the page says, and sends what comes of it as its form would.

/** Shows the form of a page about a passkey, and answers its button. */
export function passkey(form: HTMLFormElement) {
  if (!window.PublicKeyCredential?.parseCreationOptionsFromJSON) return; // the page says what it takes
  const options = JSON.parse(form.dataset.options!);
  const credential = form.querySelector<HTMLInputElement>("input[name=credential]")!;
  const failed = form.querySelector<HTMLElement>("[data-passkey-failed]")!;

  const ask = () =>
    form.dataset.passkey === "make"
      ? navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });

  form.addEventListener("submit", async (e) => {
    e.preventDefault();
    failed.textContent = "";
    try {
      credential.value = JSON.stringify(await ask());
    } catch {
      failed.textContent = form.dataset.failed!; // its owner thought better of it, or the device knows no passkey
      return;
    }
    form.submit();
  });
  document.querySelector("[data-passkey-off]")!.remove();
  form.hidden = false;
}
