/*
 * How titles look: their pictures, and the marks of what was seen. What must be seen is said in
 * test_looks.py.
 */

/**
 * The pictures of a page as the browser chose them, once those on the screen are there.
 *
 * @param {Page} page
 * @param {{ path: string, ready: string }} given
 */
export async function pictures(page, { path, ready }) {
  await page.goto(path);
  await page.seen(ready);
  await page.until(() => [...document.querySelectorAll("main img")].some((image) => image.naturalWidth));
  await page.until(() => [...document.querySelectorAll("main img")].every((image) => image.complete || image.getBoundingClientRect().top > innerHeight));
  const seen = await page.evaluate(() =>
    [...document.querySelectorAll("main img")].map((image) => ({
      url: image.currentSrc.replace(location.origin, ""),
      drawn: image.clientWidth * devicePixelRatio,
      waits: image.loading === "lazy",
    })),
  );
  const shifts = await page.evaluate(() => performance.getEntriesByType("layout-shift").length);
  return { seen, shifts };
}

/**
 * Mark an episode, the season and the whole series by keys alone; what the marks say after each.
 *
 * @param {Page} page
 * @param {{ series: string }} given
 */
export async function marks(page, { series }) {
  await page.goto(`/show/${series}`);
  await page.seen(".episodes .seen");
  const states = () => page.evaluate(() => [...document.querySelectorAll(".button.seen")].map((button) => button.ariaPressed === "true"));
  const told = [];
  for (const place of [".episodes .seen", ".tabs .seen", ".actions .seen"]) {
    const before = String(await states());
    await page.evaluate((wanted) => document.querySelector(wanted).focus(), place);
    await page.press("Enter");
    /** @param {string} old */
    const changed = (old) => String([...document.querySelectorAll(".button.seen")].map((button) => button.ariaPressed === "true")) !== old;
    await page.until(changed, before);
    told.push(await states());
  }
  // Everything was drawn anew, yet the focus is where it was.
  const focused = await page.evaluate(() => document.activeElement.matches(".actions .seen"));
  return { told, focused };
}

/**
 * A server that can't scale pictures just now: what is shown instead.
 *
 * @param {Page} page
 */
export async function busy(page) {
  await page.tab.setRequestInterception(true);
  page.tab.on("request", (request) => {
    if (new URL(request.url()).pathname.startsWith("/api/v1/pictures/")) request.respond({ status: 503 });
    else request.continue();
  });
  await page.goto("/movies");
  const url = await page.until(() => {
    const image = document.querySelector("title-grid img");
    return image?.naturalWidth && image.currentSrc.replace(location.origin, "");
  });
  return { url };
}
