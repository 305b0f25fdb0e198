/*
 * How long somebody waits for a picture, and how much a browser loads before there is any. For
 * tests/bench/bench_page.py.
 */

/**
 * Press Play on a title's page as soon as it is there, then go to places that were never seen.
 * Returns milliseconds: until the first picture was on the screen, and for each of `places`.
 *
 * @param {Page} page
 * @param {{ id: string, places: number[] }} given
 */
export async function waits(page, { id, places }) {
  await page.before(() => {
    globalThis.addEventListener("click", () => (globalThis.clicked ??= performance.now()), true);
    /** @param {Event} event */
    const noteFrame = ({ target }) => {
      const video = /** @type {HTMLVideoElement} */ (target);
      video.requestVideoFrameCallback((shown) => (globalThis.shown ??= shown));
    };
    document.addEventListener("loadstart", noteFrame, true);
  });
  await page.goto(`/show/${id}`);
  await page.click(".actions .main");
  const first = await page.until(() => globalThis.shown - globalThis.clicked);
  const seeks = [];
  for (const place of places) seeks.push(await page.evaluate(goTo, place));
  return { first, seeks };
}

/** @param {number} place @returns {Promise<number>} */
function goTo(place) {
  const video = document.querySelector("video");
  const start = performance.now();
  document.querySelector("video-player").seek(place);
  return new Promise((done) => {
    /** @type {VideoFrameRequestCallback} */
    const look = (shown, { mediaTime }) => {
      if (Math.abs(mediaTime - place) < 1) done(shown - start);
      else video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
  });
}

/**
 * What the first visit to an address loads, without pictures and answers of the API: compressed bytes.
 *
 * @param {Page} page
 * @param {{ path: string, ready: string }} given
 */
export async function weighs(page, { path, ready }) {
  await page.goto(path);
  await page.seen(ready);
  await page.quiet();
  return page.evaluate(() => {
    /** @type {(type: string) => PerformanceResourceTiming[]} */
    const entries = (type) => /** @type {PerformanceResourceTiming[]} */ (performance.getEntriesByType(type));
    const files = entries("resource").filter(({ name }) => new URL(name).pathname.startsWith("/web/"));
    const loaded = [...entries("navigation"), ...files];
    /** @param {PerformanceResourceTiming[]} of */
    const weight = (of) => of.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);
    return { all: weight(loaded), vendor: weight(loaded.filter(({ name }) => name.includes("/vendor/"))) };
  });
}
