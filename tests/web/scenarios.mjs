/*
 * What a person does with the page, and what they see. Each scenario returns plain values; what
 * they must be is said in test_watching.py and test_looks.py.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const ANSWER = 20_000; // milliseconds to wait for anything

/** Wait until a condition holds in the page. */
function until(page, condition, argument, timeout = ANSWER) {
  return page.waitForFunction(condition, argument, { timeout, polling: 50 });
}

async function playing(page, from = 0.5) {
  await until(page, (least) => document.querySelector("video")?.currentTime > least, from);
}

function picture(page) {
  return page.evaluate(() => {
    const video = document.querySelector("video");
    return {
      time: video.currentTime,
      frames: video.getVideoPlaybackQuality().totalVideoFrames,
      height: video.videoHeight,
    };
  });
}

function focused(page) {
  return page.evaluate(() => document.activeElement.closest("a, button, media-controller")?.textContent.trim());
}

async function openPlayer(page, id) {
  await page.goto(`/show/${id}`);
  await page.click(".actions .main");
  await playing(page);
}

export async function play(page, { id }) {
  await openPlayer(page, id);
  const first = await picture(page);
  await playing(page, first.time + 0.5);
  return { first, later: await picture(page) };
}

export async function seek(page, { id, to }) {
  await openPlayer(page, id);
  const before = await picture(page);
  await page.evaluate((seconds) => document.querySelector("video-player").seek(seconds), to);
  await playing(page, to + 0.3);
  const after = await picture(page);
  await page.keyboard.press("ArrowLeft");
  await until(page, (seconds) => document.querySelector("video").currentTime < seconds, to - 5);
  return { before, after, back: await picture(page) };
}

/** Only arrows, Enter and Back: from the first screen to a playing film and home again. */
export async function remote(page) {
  const steps = [];
  const step = async (key) => {
    await page.keyboard.press(key);
    await page.waitForTimeout(150);
    steps.push(await focused(page));
  };
  await page.goto("/");
  await page.waitForSelector("title-row:not([hidden]) a:focus");
  const begin = await focused(page);
  await step("ArrowDown"); // from what came last to the movies
  const movie = await focused(page);
  await step("ArrowDown"); // to the series
  const series = await focused(page);
  await step("ArrowUp"); // and back
  await page.keyboard.press("Enter");
  await page.waitForSelector(".actions .main:focus");
  await page.keyboard.press("Enter");
  await playing(page);
  const path = new URL(page.url()).pathname;
  await step("ArrowDown"); // controls
  const onControls = await page.evaluate(() => document.activeElement.localName);
  for (let count = 0; count < 3; count++) await step("ArrowRight");
  const ring = await page.evaluate(() => document.activeElement.matches(":focus-visible"));
  await page.keyboard.press("Escape");
  await page.waitForSelector(".actions .main:focus");
  await page.keyboard.press("Escape");
  await page.waitForSelector("home-view a:focus");
  return { begin, movie, series, path, onControls, ring, end: await focused(page), home: new URL(page.url()).pathname };
}

/** What home offers, row by row. */
export async function rows(page) {
  await page.goto("/");
  await page.waitForSelector("home-view a");
  const shown = await page.$$eval("title-row:not([hidden])", (rows) =>
    rows.map((row) => [
      row.querySelector("h2").textContent,
      [...row.querySelectorAll(".name")].map((name) => name.textContent),
    ]),
  );
  const shifts = await page.evaluate(() => performance.getEntriesByType("layout-shift").length);
  return { shown, shifts };
}

export async function search(page, { words, wanted }) {
  await page.goto("/");
  await page.waitForSelector("home-view a");
  await page.keyboard.press("/");
  await page.keyboard.type(words, { delay: 30 });
  await until(page, (end) => document.querySelector("search-view h1")?.textContent.endsWith(end), `“${words}”`);
  const heading = await page.textContent("search-view h1");
  const said = await page.textContent("#announcer");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForSelector("show-view h1");
  return { heading, said, title: await page.textContent("show-view h1") };
}

export async function resume(page, { id, to }) {
  await openPlayer(page, id);
  await page.evaluate((seconds) => document.querySelector("video-player").seek(seconds), to);
  await playing(page, to + 4);
  await page.keyboard.press("k");
  const saved = page.waitForResponse((answer) => answer.url().endsWith("/progress"));
  await saved.catch(() => {});
  const left = (await picture(page)).time;
  await page.reload();
  await until(page, () => document.querySelector("video")?.currentTime > 0);
  const resumed = (await picture(page)).time;
  await page.goto("/");
  await page.waitForSelector('title-row[data-name="begun"] a');
  return { left, resumed, begun: await page.textContent('title-row[data-name="begun"] .name') };
}

export async function tracks(page, { id }) {
  await openPlayer(page, id);
  await page.keyboard.press("c");
  const cue = await until(page, () => {
    const shown = [...document.querySelector("video").textTracks].filter(({ mode }) => mode === "showing");
    return shown.flatMap(({ activeCues }) => [...(activeCues ?? [])])[0]?.text;
  });
  await page.click(".settings");
  const groups = await page.$$eval("player-menu h2", (headings) => headings.map((heading) => heading.textContent));
  const german = page.locator('player-menu [role=radio][data-place="Sound 1"]');
  await german.click();
  await until(page, () => document.querySelector('[data-place="Sound 1"]').ariaChecked === "true");
  const before = (await picture(page)).time;
  await playing(page, before + 1);
  await page.click('[data-place="Speed 2"]');
  const speed = await page.evaluate(() => document.querySelector("video").playbackRate);
  await page.keyboard.press("Escape");
  return { cue: await cue.jsonValue(), groups, sound: await german.textContent(), speed, open: await page.isVisible("player-menu") };
}

/**
 * A network that can carry the best rendition, and then can't: the player must go down by itself.
 *
 * `first` and `then` are bits a second. The first must be slow enough that the film isn't loaded as
 * a whole before the second holds: from memory, nothing is too slow.
 */
export async function throttled(page, { id, first, then, to }, context) {
  const wire = await context.newCDPSession(page);
  await wire.send("Network.enable");
  await limit(wire, first);
  await openPlayer(page, id);
  const before = (await picture(page)).height;
  await limit(wire, then);
  const loaded = await page.evaluate((seconds) => {
    const { buffered } = document.querySelector("video");
    document.querySelector("video-player").seek(seconds);
    return [...Array(buffered.length).keys()].some((n) => buffered.start(n) <= seconds && seconds < buffered.end(n));
  }, to);
  await until(page, (height) => {
    const now = document.querySelector("video").videoHeight;
    return now && now < height;
  }, before, 3 * ANSWER); // what is on its way is slow to come, and smaller pictures are made first
  return { before, loaded, after: (await picture(page)).height };
}

function limit(wire, bits) {
  const conditions = { offline: false, latency: 50, downloadThroughput: bits / 8, uploadThroughput: bits / 8 };
  return wire.send("Network.emulateNetworkConditions", conditions);
}

export async function following(page, { series, end }) {
  await page.goto("/series");
  await page.click(`title-grid a:has-text("${series}")`);
  await page.click(".actions .main");
  await playing(page);
  await page.evaluate((seconds) => document.querySelector("video-player").seek(seconds), end);
  await page.waitForSelector("next-card:not([hidden])");
  const offer = await page.textContent("next-card .name");
  const address = page.url();
  await page.waitForURL((url) => url.href !== address, { timeout: ANSWER });
  await playing(page, 0.3);
  const title = await page.title();
  await page.keyboard.press("p");
  await page.waitForURL(address);
  return { offer, title };
}

export async function damaged(page, { path }) {
  await page.goto(path);
  await page.waitForSelector("[role=alert]");
  return {
    heading: await page.textContent("[role=alert] h1"),
    reason: await page.textContent("[role=alert] p"),
    focused: await focused(page),
  };
}

export async function operator(page) {
  await page.goto("/operator");
  await page.waitForSelector(".problems code");
  const problem = await page.textContent(".problems li");
  await until(page, () => document.querySelector("cache-use p")?.textContent.includes("must stay"));
  const cache = await page.textContent("cache-use p");
  await page.click("seal-list summary");
  await page.click("seal-list .button");
  await page.waitForSelector('seal-list button:has-text("Copy URI")', { timeout: 4 * ANSWER });
  return { problem, cache, state: await page.textContent("seal-list .state") };
}

/** A library of `count` films, made of the one that there is: how much of it is drawn at a time? */
export async function many(page, { count }) {
  await page.goto("/");
  const [film] = await page.evaluate(() => fetch("/api/v1/shows").then((answer) => answer.json()));
  const films = [...Array(count).keys()].map((number) => ({
    ...film,
    info: { ...film.info, id: `film${number}`, title: `Film ${number}` },
  }));
  await page.route("**/api/v1/shows?*", (route) => {
    const asked = new URL(route.request().url()).searchParams;
    const offset = Number(asked.get("offset"));
    const json = films.slice(offset, offset + Number(asked.get("limit")));
    return route.fulfill({ json, headers: { "X-Total-Count": String(count) } });
  });
  await page.goto("/movies");
  await until(page, () => document.querySelector(".count")?.textContent);
  const seen = await page.evaluate(async () => {
    let most = 0;
    for (let step = 0; step <= 100; step++) {
      scrollTo(0, (document.documentElement.scrollHeight * step) / 100);
      await new Promise(requestAnimationFrame);
      await new Promise(requestAnimationFrame);
      most = Math.max(most, document.querySelectorAll("title-grid a").length);
    }
    const last = [...document.querySelectorAll("title-grid .name")].at(-1).textContent;
    return { most, last, shifts: performance.getEntriesByType("layout-shift").length };
  });
  await page.evaluate(() => scrollTo(0, 0));
  await page.focus("title-grid a");
  for (let step = 0; step < 10; step++) await page.keyboard.press("ArrowDown");
  return { ...seen, words: await page.textContent(".count"), focused: await focused(page) };
}

/** Look for what keeps people out (axe-core), and for what sticks out sideways, dark and light. */
export async function accessible(page, { pages }) {
  const axe = readFileSync(require.resolve("axe-core"), "utf8");
  const found = [];
  for (const [path, ready] of Object.entries(pages)) {
    await page.goto(path);
    await page.waitForSelector(ready);
    // Run by the debugger: the page's own policy would refuse a script like this.
    await page.evaluate(axe);
    for (const colorScheme of ["dark", "light"]) {
      await page.emulateMedia({ colorScheme });
      const { violations } = await page.evaluate(() => globalThis.axe.run());
      for (const { id, impact, nodes } of violations) {
        const where = nodes.map(({ html }) => html.slice(0, 120)).join(" ");
        if (["serious", "critical"].includes(impact)) found.push(`${path} ${colorScheme} ${id}: ${where}`);
      }
    }
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (wide > 0) found.push(`${path} is ${wide} pixels too wide`);
  }
  return { found };
}
