// Looks at pages: check.mjs TOOLS CHROMIUM PAGE.html…
// Everything a page may not do is collected; the exit status is 1 where there is any of it.
import { createRequire } from "node:module";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [tools, executablePath, ...files] = process.argv.slice(2);
const require = createRequire(join(resolve(tools), "package.json"));
const { default: puppeteer } = await import(pathToFileURL(require.resolve("puppeteer-core")));
const { source: axe } = require("axe-core");

const WCAG = { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] };
// Contrast takes most of the time: in dark only colours differ from light, in narrow all but these.
const VIEWS = [
  { name: "light", width: 1360, height: 900, scheme: "light", rules: WCAG },
  { name: "dark", width: 1360, height: 900, scheme: "dark", rules: { runOnly: { type: "rule", values: ["color-contrast"] } } },
  { name: "narrow", width: 360, height: 740, scheme: "light", rules: { ...WCAG, rules: { "color-contrast": { enabled: false } } } },
];
const screenshots = process.env.SCREENSHOTS;
const problems = [];

/** Draws what is off the screen too. */
const render = () => {
  for (const card of document.querySelectorAll(".card")) card.style.contentVisibility = "visible";
};

/** Shows what opens on demand. */
const unfold = () => {
  for (const part of document.querySelectorAll("details")) part.open = true;
};

/** What axe-core objects to, by rule, with the first places. */
const violations = async (rules) => {
  const found = await axe.run(document, { ...rules, resultTypes: ["violations"], preload: false });
  return found.violations.map(({ id, help, nodes }) => {
    const places = nodes.slice(0, 3).map(({ html, failureSummary }) => `${html.slice(0, 200)}\n      ${failureSummary.split("\n").slice(1, 2).join().trim()}`);
    return `${id}: ${help} (${nodes.length})\n    ${places.join("\n    ")}`;
  });
};

/** Whether finding columns works; null where there is nothing to find them with. */
const search = () => {
  const box = document.querySelector(".filterable");
  if (!box) return null;
  const input = box.querySelector("input");
  const cards = [...box.querySelectorAll(".card")];
  const shown = () => cards.filter((card) => !card.hidden).length;
  const type = (text) => {
    input.value = text;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const wrong = [];
  type(cards.at(-1).querySelector("h3").textContent);
  if (cards.at(-1).hidden || shown() === cards.length) wrong.push("the search box finds no column");
  type("no column is called so");
  if (shown() !== 0) wrong.push("the search box shows what does not match");
  box.querySelector(".filter button").click();
  for (const choice of box.querySelectorAll("select")) {
    choice.selectedIndex = choice.options.length - 1;
    choice.dispatchEvent(new Event("input", { bubbles: true }));
    const expected = Number(choice.selectedOptions[0].textContent.match(/\((\d+)\)$/)?.[1]);
    if (shown() !== expected) wrong.push(`${choice.name}: ${shown()} shown, not ${expected}`);
    box.querySelector(".filter button").click();
  }
  if (shown() !== cards.length) wrong.push("not all columns come back");
  return wrong;
};

async function look(browser, file, view) {
  const page = await browser.newPage();
  const where = `${basename(file)}, ${view.name}`;
  const object = (what) => problems.push(`${where}: ${what}`);
  const url = pathToFileURL(resolve(file)).href;
  page.on("console", (message) => object(`console: ${message.text()}`));
  page.on("pageerror", (error) => object(`error: ${error.message}`));
  page.on("request", (request) => {
    if (request.url() !== url) object(`a request to ${request.url()}`);
  });
  await page.setViewport({ width: view.width, height: view.height });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: view.scheme }]);
  await page.goto(url);
  if (screenshots) {
    await page.evaluate(render);
    const path = join(screenshots, `${basename(file, ".html")}-${view.name}.png`);
    await page.screenshot({ path, fullPage: true });
  }
  for (const wrong of (await page.evaluate(search)) ?? []) object(wrong);
  await page.evaluate(render);
  await page.evaluate(unfold);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (overflow > 0) object(`the page scrolls sideways by ${overflow} pixels`);
  await page.evaluate(axe);
  for (const violation of await page.evaluate(violations, view.rules)) object(violation);
  await page.close();
}

const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
const browser = await puppeteer.launch({
  executablePath,
  args: [...sandbox, "--disable-gpu", "--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND"],
});
try {
  for (const file of files) for (const view of VIEWS) await look(browser, file, view);
} finally {
  await browser.close();
}
for (const problem of problems) console.error(problem);
console.log(`${files.length} pages in ${VIEWS.length} views: ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
