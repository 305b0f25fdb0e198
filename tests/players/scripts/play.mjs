// Plays URLs to their end in Chromium: with hls.js, with shaka-player, or without either.
import { tell } from "../../clients/scripts/loopback.mjs";
import { withBrowser } from "./stage.mjs";

const PATIENCE = 120_000; // ms for one URL

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

await tell(({ executable, player, urls, switching }) =>
  withBrowser(executable, async (open) => {
    const played = {};
    for (const url of urls) {
      const page = await open();
      played[url] = await play(page, player, url, switching);
      await page.close();
    }
    return played;
  }),
);
