// Proof of work: while somebody writes a message, their browser looks for the number that shows it worked for it. A
// message sent before it is found, or without this script, is kept as well.

const encoder = new TextEncoder();
const batch = 256; // hashes between two looks at what else the page has to do

/** Finds a counter for which the SHA-256 of challenge, colon and counter begins with this many zero bits. */
export async function work(challenge: string, bits: number): Promise<string> {
  for (let counter = 0; ; counter += batch) {
    const tries = Array.from({ length: batch }, (_, i) => String(counter + i));
    const hashes = await Promise.all(tries.map((n) => crypto.subtle.digest("SHA-256", encoder.encode(`${challenge}:${n}`))));
    const found = hashes.findIndex((hash) => zeros(new Uint8Array(hash)) >= bits);
    if (found >= 0) return tries[found]!;
    await new Promise((next) => setTimeout(next));
  }
}

function zeros(hash: Uint8Array): number {
  let n = 0;
  for (const byte of hash) {
    n += Math.clz32(byte) - 24;
    if (byte) break;
  }
  return n;
}

/** Works for a form from the first time somebody touches it. */
export function prove(form: HTMLFormElement): void {
  const challenge = form.querySelector<HTMLInputElement>("input[name=challenge]");
  const counter = form.querySelector<HTMLInputElement>("input[name=counter]");
  if (!challenge || !counter || !crypto.subtle) return; // only pages that came over HTTPS have it
  form.addEventListener("focusin", () => void work(challenge.value, Number(form.dataset.proof)).then((n) => (counter.value = n)), { once: true });
}
