// What the browser tests are counted by: named checks that pass or say what they found.
const failures = [];
let passed = 0;

// check runs one check. It fails by throwing, with what it found as the message.
export async function check(name, run) {
  try {
    await run();
    passed++;
  } catch (e) {
    failures.push(name);
    console.log(`FAIL ${name}\n     ${String(e.message ?? e).trim().split("\n").slice(0, 14).join("\n     ")}`);
  }
}

export function expect(holds, found) {
  if (!holds) throw new Error(found);
}

// eventually waits for a condition: never for a time.
export async function eventually(what, holds, patience = 10_000) {
  const end = Date.now() + patience;
  for (;;) {
    const last = await holds();
    if (last) return last;
    if (Date.now() > end) throw new Error(`${what}: did not happen in ${patience / 1000} s`);
    await new Promise((again) => setTimeout(again, 30));
  }
}

// finish prints the count; the exit code says whether all is well.
export function finish() {
  console.log(`${passed} passed, ${failures.length} failed`);
  return failures.length === 0 && passed > 0 ? 0 : 1;
}
