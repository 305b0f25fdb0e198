// Follows a film that flashes and beeps from place to place, in hls.js in Chromium.
/* global follow -- of sync.js, in the page */
import { tell } from "../../clients/scripts/loopback.mjs";
import { withBrowser } from "./stage.mjs";

/** @typedef {{ executable: string, url: string, places: Place[], fps: number }} Film */

await tell((/** @type {Film} */ { executable, url, places, fps }) =>
  withBrowser(executable, async (open) => {
    const page = await open();
    return page.evaluate((what) => follow(what.url, what.places, what.fps), { url, places, fps });
  }),
);
