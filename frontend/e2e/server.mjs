// A server of its own for the browser tests, on a directory that goes away with it.
import { execFileSync, spawn } from "node:child_process";
import { createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const program = process.env.CAREFINDER ?? new URL("../../bin/carefinder", import.meta.url).pathname;

// startServer prepares a directory, in a folder or in the database named, and serves it. A directory that nothing else is
// said of holds the real listings, one of them withdrawn since, and 2,000 made-up ones.
export async function startServer({ database, prepare = demonstrate } = {}) {
  if (!existsSync(program)) throw new Error(`${program} is missing: run make build`);
  const dir = mkdtempSync(join(tmpdir(), "carefinder-e2e-"));
  const where = database ? ["--database", database] : ["--data", join(dir, "data")];
  const run = (...args) => execFileSync(program, [...args, ...where], { stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1 << 28 }).toString();
  const prepared = prepare(run, dir);
  const invitation = run("curator", "add", "ana@example.org", "--name", "Ana", "--role", "administrator").match(/\/desk\/sign-up\?code=\w+/)[0];
  const log = join(dir, "log");
  const port = await freePort();
  const name = `http://localhost:${port}`; // browsers make passkeys for a name, and for no address
  const child = spawn(program, ["serve", ...where, "--addr", `127.0.0.1:${port}`, "--public-url", name, "--rate-limit", "0", "--feedback-rate", "1000"], { stdio: ["ignore", "pipe", "pipe"] });
  child.stderr.pipe(createWriteStream(log));
  const ended = new Promise((done) => child.once("exit", done));
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
  };
  await new Promise((found, failed) => {
    let said = "";
    child.stdout.on("data", (piece) => {
      said += piece;
      if (/http:\/\/[0-9.:]+/.test(said)) found();
    });
    void ended.then((code) => failed(new Error(`the server ended with ${code}: ${existsSync(log) ? readFileSync(log, "utf8").slice(-2000) : ""}`)));
  });
  // codeFor waits for the code that is written to the log for an address: no mail server is named.
  const codeFor = async (address) => {
    for (let tries = 0; tries < 300; tries++) {
      const mails = readFileSync(log, "utf8").split("\n").filter((l) => l.includes(` to=${address} `));
      const code = mails.at(-1)?.match(/[A-Z2-7]{5}-[A-Z2-7]{5}/);
      if (code) return code[0];
      await new Promise((next) => setTimeout(next, 100));
    }
    throw new Error(`no code came for ${address}`);
  };
  return { ...prepared, dir, url: name, run, invitation, stop, codeFor, errors: () => readFileSync(log, "utf8").split("\n").filter((l) => /level=ERROR/.test(l)), clean: () => rmSync(dir, { recursive: true, force: true }) };
}

// freePort gives a port nobody listens at.
function freePort() {
  return new Promise((found, failed) => {
    const probe = createServer().once("error", failed);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => found(port));
    });
  });
}

// demonstrate loads the made-up listings, archives the first published program, and gives its id.
function demonstrate(run, dir) {
  run("demo", "--listings", "2000", "--seed", "1");
  const file = join(dir, "withdrawn.jsonl");
  const listings = run("export").split("\n").filter(Boolean).map((line) => JSON.parse(line));
  const program = listings.find((l) => l.kind === "program" && l.status === "published");
  writeFileSync(file, JSON.stringify({ ...program, status: "archived", archived_reason: "The program has closed." }));
  run("import", file);
  return { withdrawn: program.id };
}
