/*
 * node scroll.mjs ADDRESS: go through all movies in Chromium, by wheel and by holding Down, and print
 * as JSON what a person would have felt.
 */
import { createRequire } from "node:module";

const puppeteer = createRequire(new URL("../web/", import.meta.url))("puppeteer-core");
const ADDRESS = process.argv[2];
const SECONDS = 15; // of each way
const BEAT = 33; // milliseconds from key to key, as keyboards repeat them

const browser = await puppeteer.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
});
const page = await browser.newPage();
await page.setViewport({ width: 1920, height: 1080 });
try {
  const began = performance.now();
  await page.goto(`${ADDRESS}/movies`);
  await page.waitForFunction(() => document.querySelector(".count")?.textContent);
  const ready = performance.now() - began;
  await page.waitForSelector("title-grid img");
  await page.mouse.move(960, 600);
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  const step = (height * BEAT) / SECONDS / 1000;
  const wheel = await felt(() => page.mouse.wheel({ deltaY: step }));
  await page.evaluate(() => scrollTo(0, 0));
  await new Promise((resolve) => setTimeout(resolve, 1000));
  await page.evaluate(() => document.querySelector("title-grid a").focus({ preventScroll: true }));
  const keys = await felt(() => page.keyboard.down("ArrowDown"));
  console.log(JSON.stringify({ ready, height, wheel, keys }));
} finally {
  await browser.close();
}

/**
 * Do something at every beat, and tell what became of the frames meanwhile.
 *
 * @param {() => Promise<void>} act
 */
async function felt(act) {
  await page.evaluate(watch);
  const before = await scrolled();
  const end = performance.now() + SECONDS * 1000;
  let beat = performance.now();
  while (performance.now() < end) {
    await act();
    beat += BEAT;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, beat - performance.now())));
  }
  const seen = await page.evaluate(() => window.stopWatching());
  return { ...seen, seconds: SECONDS, pixels: (await scrolled()) - before };
}

function scrolled() {
  return page.evaluate(() => scrollY);
}

/** Runs in the page: note every frame, long task and shift until `stopWatching` is called. */
function watch() {
  /** @type {number[]} */
  const gaps = [];
  /** @type {number[]} */
  const tasks = [];
  let shifted = 0;
  let nodes = 0;
  let empty = 0;
  let last = performance.now();
  let going = true;
  /** @param {number} now */
  const frame = (now) => {
    gaps.push(now - last);
    last = now;
    nodes = Math.max(nodes, document.querySelectorAll("*").length);
    // The middle of the screen has no card: somebody looks at nothing.
    if (!document.elementsFromPoint(innerWidth / 2, innerHeight / 2).some((e) => e.closest("title-grid > *, .note"))) empty++;
    if (going) requestAnimationFrame(frame);
  };
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (entry.entryType === "longtask") tasks.push(entry.duration);
      else {
        const { hadRecentInput, value } = /** @type {LayoutShift} */ (entry);
        if (!hadRecentInput) shifted += value;
      }
    }
  });
  observer.observe({ entryTypes: ["longtask", "layout-shift"] });
  requestAnimationFrame(frame);
  window.stopWatching = () => {
    going = false;
    observer.disconnect();
    gaps.sort((a, b) => a - b);
    /** @param {number} part */
    const at = (part) => gaps[Math.min(gaps.length - 1, Math.floor(gaps.length * part))];
    return {
      frames: gaps.length,
      median: at(0.5),
      late: at(0.99),
      longest: gaps.at(-1),
      slow: gaps.filter((gap) => gap > 50).length,
      tasks: tasks.length,
      longestTask: Math.max(0, ...tasks),
      shifted,
      nodes,
      empty,
    };
  };
}
