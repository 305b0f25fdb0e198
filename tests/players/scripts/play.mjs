// Plays URLs to their end in Chromium: with hls.js, with shaka-player, or without either. Of several
// plays each waits for its own clock most of the time, so some go on beside each other.
/* global start, video, failed, stuck, look -- of players.js, in the page */
import { tell } from "../../clients/scripts/loopback.mjs";
import { withBrowser } from "./stage.mjs";

/** @typedef {{ player: Player, url: string, switching: boolean }} Play */

const AT_ONCE = 4; // pages

/**
 * @param {import("playwright-core").Page} page
 * @param {Parameters<typeof start>} what
 */
async function play(page, ...what) {
  await page.evaluate((given) => void start(...given), what); // it may never begin
  await page.waitForFunction(() => video.ended || failed() || stuck(), null, { timeout: 0 });
  return page.evaluate(() => look());
}

await tell((/** @type {{ executable: string, plays: Play[] }} */ { executable, plays }) =>
  withBrowser(executable, async (open) => {
    /** @type {ReturnType<typeof look>[]} */
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
