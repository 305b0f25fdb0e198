// Plays URLs to their end in Chromium: with hls.js, with shaka-player, or without either. Of several
// plays each waits for its own clock most of the time, so some go on beside each other.
import { tell } from "../../clients/scripts/loopback.mjs";
import { withBrowser } from "./stage.mjs";

const PATIENCE = 120_000; // ms for one URL
const AT_ONCE = 4; // pages

async function play(page, ...what) {
  await page.evaluate((what) => start(...what), what);
  const over = page.waitForFunction(() => video.ended || failed(), null, { timeout: PATIENCE });
  const late = await over.then(
    () => null,
    () => ({ fatal: true, details: "it did not come to its end" }),
  );
  const seen = await page.evaluate(() => look());
  return { ...seen, errors: late ? [...seen.errors, late] : seen.errors };
}

await tell(({ executable, plays }) =>
  withBrowser(executable, async (open) => {
    const played = [];
    const waiting = plays.entries();
    async function playOn() {
      for (const [place, { player, url, switching }] of waiting) {
        const page = await open();
        played[place] = await play(page, player, url, switching);
        await page.close();
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, playOn));
    return { played };
  }),
);
