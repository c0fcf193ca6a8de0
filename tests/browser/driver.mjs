// Drives Chromium for the tests in Python: one JSON command a line on stdin,
// one JSON answer a line on stdout, with the command's id. See tests/support/browser.py.
//
// Requests are never intercepted (no page.route, no offline mode): with
// interception on, Chromium sends no preflights, and everything would pass.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const axeSource = await readFile(createRequire(import.meta.url).resolve("axe-core"), "utf8");

const browser = await chromium.launch({
  executablePath: process.env.UNDERSTUDY_CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});

// The pages that are open, by the name that the test gave, each alone in a
// context of its own: no cookie, cache or preflight permission is shared.
const pages = new Map();

// Everything that a person would see in the console as wrong: policy
// violations, uncaught errors, failed loads. Each as {type, text}.
function watchConsole(page, complaints) {
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") {
      complaints.push({ type: message.type(), text: message.text() });
    }
  });
  page.on("pageerror", (error) => complaints.push({ type: "pageerror", text: String(error) }));
}

// Every request that the page makes, and every document that it is shown.
function watchNetwork(page, requests, documents) {
  page.on("request", (request) => requests.push({ method: request.method(), url: request.url() }));
  page.on("response", (response) => {
    if (response.request().isNavigationRequest()) {
      documents.push({ url: response.url(), status: response.status() });
    }
  });
}

// A promise of whether the function gave something true within that many milliseconds, looked at in every frame.
const watching = (script, limit) => `new Promise((resolve, reject) => {
  const deadline = performance.now() + ${limit};
  const look = async () => {
    try {
      if (await (${script})()) resolve(true);
      else if (performance.now() < deadline) requestAnimationFrame(look);
      else resolve(false);
    } catch (error) {
      reject(error);
    }
  };
  void look();
})`;

const commands = {
  // options: those of a Playwright context (locale, colorScheme, viewport, javaScriptEnabled).
  async open({ name, options }) {
    const context = await browser.newContext(options ?? {});
    const page = await context.newPage();
    const state = { context, page, complaints: [], requests: [], documents: [] };
    watchConsole(page, state.complaints);
    watchNetwork(page, state.requests, state.documents);
    pages.set(name, state);
  },

  async close({ name }) {
    await pages.get(name).context.close();
    pages.delete(name);
  },

  // Gives the status and the headers of the document.
  async goto({ name, url }) {
    const response = await pages.get(name).page.goto(url, { waitUntil: "load" });
    return { status: response.status(), headers: await response.allHeaders() };
  },

  // `script` is the text of a function; what it (or its promise) gives comes back.
  async evaluate({ name, script, argument }) {
    return pages.get(name).page.evaluate(`(${script})(${JSON.stringify(argument ?? null)})`);
  },

  // Until the page shows the text somewhere; also across reloads.
  async waitForText({ name, text, limit }) {
    await pages.get(name).page.getByText(text, { exact: false }).first().waitFor({ timeout: limit * 1000 });
  },

  // Until a function in the page gives something true; also across reloads.
  // Not page.waitForFunction: it evaluates a text within the page, which a strict policy forbids.
  async waitForFunction({ name, script, limit }) {
    const { page } = pages.get(name);
    const deadline = Date.now() + limit * 1000;
    for (;;) {
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`${limit} s passed`);
      try {
        if (await page.evaluate(watching(script, left))) return;
      } catch (error) {
        if (!/context was destroyed|navigat/.test(String(error))) throw error;
        await page.waitForLoadState("domcontentloaded");
      }
    }
  },

  async click({ name, selector }) {
    await pages.get(name).page.click(selector);
  },

  // Types into a field as a person does, key by key, in place of what it holds.
  async type({ name, selector, text }) {
    const { page } = pages.get(name);
    await page.click(selector);
    // Whatever the page does upon the focus (Ext JS moves the caret, a moment later) is done before a person's next key.
    await page.evaluate(() => new Promise((settled) => requestAnimationFrame(() => setTimeout(settled))));
    await page.keyboard.press("ControlOrMeta+A");
    await page.keyboard.type(text);
  },

  async resize({ name, width, height }) {
    await pages.get(name).page.setViewportSize({ width, height });
  },

  // What went wrong so far, and what was asked for.
  async seen({ name }) {
    const { complaints, requests, documents } = pages.get(name);
    return { complaints, requests, documents };
  },

  // The accessibility rules on the page as it is: the violations, shortened.
  // They are evaluated past the page's own policy, which forbids scripts.
  async axe({ name }) {
    const { page } = pages.get(name);
    await page.evaluate(axeSource);
    const result = await page.evaluate(
      `axe.run(document, { resultTypes: ["violations", "incomplete"] })`,
    );
    const brief = (rules) =>
      rules.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map((node) => node.html) }));
    return {
      violations: brief(result.violations),
      incomplete: brief(result.incomplete),
      passes: result.passes.length,
    };
  },

  // As it is once everything that moves has come to its end.
  async screenshot({ name, path, fullPage }) {
    await pages.get(name).page.screenshot({ path, fullPage: fullPage ?? true, animations: "disabled" });
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, command, ...parameters } = JSON.parse(line);
  let answer;
  try {
    answer = { id, value: (await commands[command](parameters)) ?? null };
  } catch (error) {
    answer = { id, error: String(error) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}

await browser.close();
