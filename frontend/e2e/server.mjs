// A server of its own for the browser tests, on a directory that goes away with it.
import { execFileSync, spawn } from "node:child_process";
import { createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
  const child = spawn(program, ["serve", ...where, "--addr", "127.0.0.1:0", "--rate-limit", "0", "--feedback-rate", "1000"], { stdio: ["ignore", "pipe", "pipe"] });
  child.stderr.pipe(createWriteStream(log));
  const ended = new Promise((done) => child.once("exit", done));
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
  };
  const url = await new Promise((found, failed) => {
    let said = "";
    child.stdout.on("data", (piece) => {
      said += piece;
      const at = said.match(/http:\/\/[0-9.:]+/);
      if (at) found(at[0]);
    });
    void ended.then((code) => failed(new Error(`the server ended with ${code}: ${existsSync(log) ? readFileSync(log, "utf8").slice(-2000) : ""}`)));
  });
  return { ...prepared, dir, url, run, invitation, stop, errors: () => readFileSync(log, "utf8").split("\n").filter((l) => /level=ERROR/.test(l)), clean: () => rmSync(dir, { recursive: true, force: true }) };
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
