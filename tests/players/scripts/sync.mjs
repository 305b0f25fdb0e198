// Follows a film that flashes and beeps from place to place, in hls.js in Chromium.
import { tell } from "../../clients/scripts/loopback.mjs";
import { withBrowser } from "./stage.mjs";

await tell(({ executable, url, places, fps }) =>
  withBrowser(executable, async (open) => {
    const page = await open();
    return page.evaluate((what) => follow(...what), [url, places, fps]);
  }),
);
