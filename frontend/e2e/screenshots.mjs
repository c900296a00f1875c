// Pictures of the main states: two for the README, and the rest beside them for whoever wants to look.
import { mkdirSync } from "node:fs";
import { devices, launch } from "./browser.mjs";
import { startServer } from "./server.mjs";
import { findIDs, languages, states, visit } from "./states.mjs";

const docs = new URL("../../docs/", import.meta.url).pathname;
const inReadme = { "home en phone light": "home.png", "search: map en desktop light": "search.png" };

mkdirSync(`${docs}pictures`, { recursive: true });
const server = await startServer();
const browser = await launch();
try {
  const ids = await findIDs(server.url);
  for (const state of states.filter((s) => s.shot)) {
    for (const language of languages) {
      for (const [device, options] of Object.entries(devices)) {
        const context = await browser.newContext({ ...options, locale: language.code, serviceWorkers: "block", reducedMotion: "reduce" });
        const page = await context.newPage();
        await visit(page, server.url, state, language, ids);
        for (const colorScheme of ["light", "dark"]) {
          await page.emulateMedia({ colorScheme });
          const name = `${state.name} ${language.code} ${device} ${colorScheme}`;
          await page.screenshot({ path: `${docs}pictures/${name.replace(/[^a-z]+/g, "-")}.png` });
          if (inReadme[name]) await page.screenshot({ path: docs + inReadme[name] });
        }
        await context.close();
      }
    }
  }
} finally {
  await browser.close();
  await server.stop();
  server.clean();
}
