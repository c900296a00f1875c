// The browser of the tests: Debian's Chromium, driven by playwright-core, which brings none of its own.
import { chromium } from "playwright-core";

export const devices = {
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
  desktop: { viewport: { width: 1280, height: 900 } },
};

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

// watch collects what must never happen on a page: errors, breaches of the content policy, requests to anyone else.
export async function watch(context, base) {
  const trouble = [];
  const requests = [];
  await context.exposeBinding("cspReport", (_, text) => trouble.push(`content policy: ${text}`));
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (e) => window.cspReport(`${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`));
  });
  context.on("page", (page) => {
    page.on("pageerror", (e) => trouble.push(`error: ${e.message}`));
    page.on("console", (m) => {
      const ofPage = m.location().url === page.url(); // whose status is asked about by itself
      if (m.type() === "error" && !(ofPage && /the server responded with a status of [45]\d\d/.test(m.text()))) trouble.push(`console: ${m.text()}`);
    });
  });
  context.on("request", (r) => {
    requests.push(r.url());
    if (!r.url().startsWith(base) && !r.url().startsWith("data:")) trouble.push(`third party: ${r.url()}`);
  });
  return { trouble, requests };
}
