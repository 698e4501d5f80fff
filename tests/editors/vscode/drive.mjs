// Drives VS Code in a browser as a person would, and tells what was seen.
//
// Reads a scenario from stdin:
//   {"modules", "browser", "profile", "url", "timeout_ms", "failure", "steps": [{"do": NAME, …}, …]}
// and prints {"seen": […]}: one entry for each step that looks at something. There are no pauses: every step waits for
// what the page shows, and one that waits in vain leaves a screenshot at "failure".
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import process from "node:process";
import { setTimeout } from "node:timers/promises";

const scenario = JSON.parse(readFileSync(0, "utf8"));
const require = createRequire(path.join(scenario.modules, "package.json"));
const { chromium } = require("playwright-core");

const BROWSER_FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

// Evaluated in the page: window.readGhostText() gives what the editor shows at this moment, or null without ghost text.
// The editor draws a suggestion as if it were accepted: parts inside the cursor's line, further lines under it. What
// the suggestion replaces stays in the page, hidden.
const PAGE_SCRIPT = () => {
  const text = (node) => {
    const copy = node.cloneNode(true);
    copy.querySelectorAll(".ghost-text-hidden").forEach((hidden) => hidden.remove());
    return copy.textContent.replaceAll("\u00a0", " ").replaceAll("\u200b", "");
  };
  const top = (node) => Number.parseFloat(node.style.top);
  const shown = (selector) => [...document.querySelectorAll(`.monaco-editor ${selector}`)];
  window.readGhostText = () => {
    const below = shown(".suggest-preview-text .view-line").sort((left, right) => top(left) - top(right));
    const parts = shown(".view-lines .ghost-text-decoration");
    const cursorTop = shown(".cursors-layer .cursor").map(top)[0];
    const line = shown(".view-lines .view-line").find((node) => top(node) === cursorTop);
    if (line === undefined || (parts.length === 0 && below.length === 0)) {
      return null;
    }
    return { line: text(line), below: below.map(text), inserted: [...parts, ...below].map(text).join("") };
  };
};

const steps = {
  async status(page, { text }) {
    await page.locator(`.statusbar-item[aria-label*="${text}"]`).waitFor();
  },
  async press(page, { key }) {
    await page.keyboard.press(key);
  },
  // As fast as a quick typist: 20 ms between keys.
  async type(page, { text }) {
    for (const character of text) {
      await page.keyboard.type(character, { delay: 20 });
    }
  },
  // Waits for ghost text on a line that starts with `line`: what was typed, so that it is no older answer.
  async ghost(page, { line }) {
    await page.waitForFunction((start) => window.readGhostText()?.line.startsWith(start), line);
  },
  async screenshot(page, { path: file }) {
    await page.screenshot({ path: file });
  },
  // Presses Tab, and tells what was shown in the moment it went down.
  async accept(page) {
    await page.evaluate(() => {
      const note = () => (window.shownAtTab = window.readGhostText());
      window.addEventListener("keydown", note, { capture: true, once: true });
    });
    await page.keyboard.press("Tab");
    return await page.evaluate(() => window.shownAtTab);
  },
  async save(page) {
    await page.locator(".tab.active.dirty").waitFor();
    await page.keyboard.press("Control+s");
    await page.locator(".tab.active:not(.dirty)").waitFor();
  },
  async notification(page, { text }) {
    const toast = page.locator(".notification-toast", { hasText: text });
    await toast.waitFor();
    return await toast.innerText();
  },
  async click(page, { selector, text }) {
    await page.locator(selector, { hasText: text ?? "" }).first().click();
  },
  // Clicks until something is seen: while it starts, the editor draws its status bar anew and may lose a click.
  async clickUntil(page, { selector, visible, text }) {
    const wanted = page.locator(visible, { hasText: text }).first();
    const deadline = Date.now() + scenario.timeout_ms;
    for (let seen = false; !seen; ) {
      if (Date.now() > deadline) {
        throw new Error(`clicking ${selector} does not show ${text}`);
      }
      await page.locator(selector).first().click();
      seen = await wanted.waitFor({ timeout: 5000 }).then(
        () => true,
        () => false,
      );
    }
  },
  // Waits until a file that another process writes matches a regular expression.
  async recorded(_page, { path: file, pattern }) {
    const deadline = Date.now() + scenario.timeout_ms;
    while (!new RegExp(pattern, "s").test(readFileSync(file, "utf8"))) {
      if (Date.now() > deadline) {
        throw new Error(`nothing in ${file} matches ${pattern}`);
      }
      await setTimeout(50);
    }
  },
  async write(_page, { path: file, text }) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  },
  async command(page, { title }) {
    await page.keyboard.press("F1");
    await page.locator(".quick-input-widget input[aria-label]").first().waitFor();
    await page.keyboard.type(title);
    await page.locator(".quick-input-list .monaco-list-row.focused", { hasText: title }).waitFor();
    await page.keyboard.press("Enter");
  },
  // Chooses from the menu of the light bulb at the cursor.
  async action(page, { title }) {
    await page.locator(".monaco-editor .view-lines").first().click({ trial: true });
    await page.keyboard.press("Control+.");
    await page.locator(".action-widget .monaco-list-row", { hasText: title }).click();
  },
  // What would be changed, as a difference, and the question whether it is to be.
  async preview(page, { name, text }) {
    await page.locator(`.tab[aria-label*="${name}: preview"]`).waitFor();
    await page.locator(".monaco-diff-editor .modified .view-line", { hasText: text }).first().waitFor();
    await page.locator(".quick-input-list .monaco-list-row", { hasText: "Apply" }).waitFor();
  },
  async answer(page, { text }) {
    await page.locator(".quick-input-list .monaco-list-row", { hasText: text }).click();
    await page.locator(".monaco-diff-editor").waitFor({ state: "detached" });
  },
  async tab(page, { name }) {
    await page.locator(`.tab[data-resource-name="${name}"]`).click();
  },
  async visible(page, { selector, text }) {
    await page.locator(selector, { hasText: text }).first().waitFor();
  },
};

async function run(page, seen) {
  await page.goto(scenario.url, { waitUntil: "commit" });
  await page.locator(".monaco-editor .view-lines .view-line").first().waitFor();
  for (const step of scenario.steps) {
    try {
      const result = await steps[step.do](page, step);
      if (result !== undefined) {
        seen.push(result);
      }
    } catch (error) {
      throw new Error(`the step ${JSON.stringify(step)} failed`, { cause: error });
    }
  }
}

const context = await chromium.launchPersistentContext(scenario.profile, {
  executablePath: scenario.browser,
  headless: true,
  viewport: { width: 1000, height: 560 },
  args: BROWSER_FLAGS,
});
const seen = [];
try {
  context.setDefaultTimeout(scenario.timeout_ms);
  await context.addInitScript(PAGE_SCRIPT);
  const page = context.pages()[0] ?? (await context.newPage());
  try {
    await run(page, seen);
  } catch (error) {
    await page.screenshot({ path: scenario.failure });
    throw error;
  }
} finally {
  await context.close();
}
process.stdout.write(JSON.stringify({ seen }));
