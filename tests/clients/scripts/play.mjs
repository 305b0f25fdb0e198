// Plays a URL with hls.js in Chromium: from the start, from a place further on, and its end. What
// its server has not got is loaded from `fallbackServers`, by the loaders of blossom-client-sdk.
/* global Hls, hls, video, errors, detours -- of the page, where `start` puts them */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { chromium } from "playwright-core";
import { tell } from "./loopback.mjs";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--autoplay-policy=no-user-gesture-required",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", // nothing but this machine
];
const PAGE = `<!doctype html><title>player</title><link rel="icon" href="data:,">
<video muted></video><script src="hls.js"></script>`;

const SCRIPTS = {
  "/hls.js": new URL("hls.js", import.meta.resolve("hls.js")),
  "/blossom.js": new URL(import.meta.resolve("blossom-client-sdk/hls")),
};

// A page of another origin than the blobs, as on the web.
async function servePage() {
  /** @type {{ [path: string]: Buffer | undefined }} */
  const scripts = {};
  for (const [path, url] of Object.entries(SCRIPTS)) scripts[path] = await readFile(url);
  const server = createServer((request, response) => {
    const script = scripts[request.url ?? ""];
    response.setHeader("Content-Type", script ? "text/javascript" : "text/html");
    response.end(script ?? PAGE);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", () => listening(null)));
  return server;
}

/** @param {Source} source */
async function start({ url, fallbackServers }) {
  /** @type {typeof import("blossom-client-sdk/hls")} */
  const { createBlossomHlsLoaders } = await import(`${location.origin}/blossom.js`);
  window.errors = [];
  window.detours = [];
  /** @param {Detour} detour */
  const onFallback = ({ from, to, url: blob }) => detours.push({ from, to, url: blob });
  window.video = document.querySelector("video");
  window.hls = new Hls(createBlossomHlsLoaders({ fallbackServers, onFallback }));
  hls.on(Hls.Events.ERROR, (_, data) => {
    errors.push({ fatal: data.fatal, details: data.details, reason: data.error?.message });
  });
  hls.loadSource(url);
  hls.attachMedia(video);
  return video.play();
}

function look() {
  const { totalVideoFrames, droppedVideoFrames } = video.getVideoPlaybackQuality();
  return {
    time: video.currentTime,
    duration: video.duration,
    ended: video.ended,
    size: [video.videoWidth, video.videoHeight],
    frames: totalVideoFrames,
    shown: totalVideoFrames - droppedVideoFrames,
    sound: video.webkitAudioDecodedByteCount,
    error: video.error?.message ?? null,
    errors,
    detours,
  };
}

// Waits until the picture is there and runs; a fatal error ends the wait as well.
/** @param {import("playwright-core").Page} page @param {number} time */
async function playedTo(page, time) {
  /** @param {number} at */
  const ready = (at) =>
    errors.some((error) => error.fatal) || (!video.seeking && video.currentTime > at);
  await page.waitForFunction(ready, time, { timeout: 60_000 });
  return page.evaluate(look);
}

/** @param {import("playwright-core").Page} page @param {Source} source */
async function play(page, source) {
  await page.evaluate(start, source);
  const begun = await playedTo(page, 1);
  const middle = begun.duration * 0.6;
  await page.evaluate((time) => (video.currentTime = time), middle);
  const sought = await playedTo(page, middle + 0.3);
  await page.evaluate(() => (video.currentTime = video.duration - 1));
  const isOver = () => video.ended || errors.some((error) => error.fatal);
  await page.waitForFunction(isOver, null, { timeout: 60_000 });
  return { begun, middle, sought, over: await page.evaluate(look) };
}

await tell(async (/** @type {Source & { executable: string }} */ { executable, ...source }) => {
  const server = await servePage();
  const browser = await chromium.launch({ executablePath: executable, args: FLAGS });
  try {
    const page = await browser.newPage();
    /** @type {[string, number][]} */
    const fetched = [];
    page.on("response", (response) => fetched.push([response.url(), response.status()]));
    const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
    const origin = `http://127.0.0.1:${port}/`;
    await page.goto(origin);
    const played = await play(page, source);
    return { ...played, fetched: fetched.filter(([each]) => !each.startsWith(origin)) };
  } finally {
    await browser.close();
    server.close();
  }
});
