/*
 * What a person does with the page outside of the player, and what they see. Each scenario returns
 * plain values; what they must be is said in the tests.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { playing } from "./playing.mjs";

const require = createRequire(import.meta.url);

/**
 * Only arrows, Enter and Back: from the first screen to a playing film and home again.
 *
 * @param {Page} page
 */
export async function remote(page) {
  /** @param {string} key */
  const step = async (key) => {
    await page.press(key);
    return page.focused();
  };
  await page.goto("/");
  await page.seen("title-row:not([hidden]) a:focus");
  const begin = await page.focused();
  const movie = await step("ArrowDown"); // from what came last to the movies
  const series = await step("ArrowDown");
  await step("ArrowUp"); // and back
  await page.press("Enter");
  await page.seen(".actions .main:focus");
  await page.press("Enter");
  await playing(page);
  const { path } = page;
  await step("ArrowDown"); // controls
  const onControls = await page.evaluate(() => document.activeElement.localName);
  for (let count = 0; count < 3; count++) await step("ArrowRight");
  const ring = await page.evaluate(() => document.activeElement.matches(":focus-visible"));
  await page.press("Escape");
  await page.seen(".actions .main:focus");
  await page.press("Escape");
  await page.seen("home-view a:focus");
  return { begin, movie, series, path, onControls, ring, end: await page.focused(), home: page.path };
}

/**
 * What home offers, row by row.
 *
 * @param {Page} page
 */
export async function rows(page) {
  await page.goto("/");
  await page.seen("home-view a");
  return page.evaluate(() => {
    /** @param {Element} row @param {string} wanted */
    const texts = (row, wanted) => [...row.querySelectorAll(wanted)].map(({ textContent }) => textContent);
    const shown = [...document.querySelectorAll("title-row:not([hidden])")];
    return {
      shown: shown.map((row) => [...texts(row, "h2"), texts(row, ".name")]),
      shifts: performance.getEntriesByType("layout-shift").length,
    };
  });
}

/** @param {Page} page @param {{ words: string }} given */
export async function search(page, { words }) {
  await page.goto("/");
  await page.seen("home-view a");
  await page.press("/");
  await page.type(words);
  await page.until((end) => document.querySelector("search-view h1")?.textContent.endsWith(end), `“${words}”`);
  const heading = await page.text("search-view h1");
  const said = await page.evaluate(() => document.querySelector("#announcer").textContent);
  await page.press("ArrowDown");
  await page.press("Enter");
  return { heading, said, title: await page.text("show-view h1") };
}

/** @param {Page} page */
export async function operator(page) {
  await page.goto("/operator");
  await page.seen(".problems code");
  const problem = await page.text(".problems li");
  await page.until(() => document.querySelector("cache-use p")?.textContent.includes("must stay"));
  const cache = await page.text("cache-use p");
  await page.click("seal-list summary");
  await page.click("seal-list .button");
  await page.until(() => document.querySelector("seal-list")?.textContent.includes("Copy URI"), null, 80_000);
  return { problem, cache, state: await page.text("seal-list .state") };
}

/**
 * A library of `count` films, made of the one that there is: how much of it is drawn at a time?
 *
 * @param {Page} page
 * @param {{ count: number }} given
 */
export async function many(page, { count }) {
  await page.goto("/");
  const [film] = await page.evaluate(() => fetch("/api/v1/shows").then((answer) => answer.json()));
  const films = [...Array(count).keys()].map((number) => ({
    ...film,
    info: { ...film.info, id: `film${number}`, title: `Film ${number}` },
  }));
  await page.answer("/api/v1/shows", (asked) => {
    const offset = Number(asked.get("offset"));
    const body = JSON.stringify(films.slice(offset, offset + Number(asked.get("limit"))));
    return { contentType: "application/json", headers: { "X-Total-Count": String(count) }, body };
  });
  await page.goto("/movies");
  await page.until(() => document.querySelector(".count")?.textContent);
  const seen = await page.evaluate(async () => {
    let most = 0;
    for (let step = 0; step <= 100; step++) {
      scrollTo(0, (document.documentElement.scrollHeight * step) / 100);
      await new Promise(requestAnimationFrame);
      await new Promise(requestAnimationFrame);
      most = Math.max(most, document.querySelectorAll("title-grid a").length);
    }
    const last = [...document.querySelectorAll("title-grid .name")].at(-1)?.textContent;
    return { most, last, shifts: performance.getEntriesByType("layout-shift").length };
  });
  await page.evaluate(() => scrollTo(0, 0));
  await page.evaluate(() => document.querySelector("title-grid a").focus());
  for (let step = 0; step < 10; step++) await page.press("ArrowDown");
  return { ...seen, words: await page.text(".count"), focused: await page.focused() };
}

/**
 * Look for what keeps people out (axe-core), and for what sticks out sideways, dark and light.
 *
 * @param {Page} page
 * @param {{ pages: Record<string, string> }} given
 */
export async function accessible(page, { pages }) {
  const axe = readFileSync(require.resolve("axe-core"), "utf8");
  /** @type {string[]} */
  const found = [];
  for (const [path, ready] of Object.entries(pages)) {
    await page.goto(path);
    await page.seen(ready);
    // Run by the debugger: the page's own policy would refuse a script like this.
    await page.evaluate(axe);
    for (const colorScheme of ["dark", "light"]) {
      await page.prefer({ "prefers-color-scheme": colorScheme });
      const { violations } = await page.evaluate(() => globalThis.axe.run());
      for (const { id, impact, nodes } of violations) {
        const where = nodes.map(({ html }) => html.slice(0, 120)).join(" ");
        if (["serious", "critical"].includes(impact ?? "")) found.push(`${path} ${colorScheme} ${id}: ${where}`);
      }
    }
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (wide > 0) found.push(`${path} is ${wide} pixels too wide`);
  }
  return { found };
}
