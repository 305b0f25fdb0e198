// A browser, and a page of another origin than the media with a player in it.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { chromium } from "playwright-core";

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
const LIBRARIES = {
  "/hls.js": new URL("hls.js", import.meta.resolve("hls.js")),
  "/shaka.js": new URL(import.meta.resolve("shaka-player/dist/shaka-player.compiled.js")),
  "/players.js": new URL("players.js", import.meta.url),
  "/sync.js": new URL("sync.js", import.meta.url),
  "/tap.js": new URL("tap.js", import.meta.url),
};
const PAGE = `<!doctype html><title>player</title><link rel="icon" href="data:,">
<video muted></video><script src="hls.js"></script><script src="shaka.js"></script>
<script src="players.js"></script><script src="sync.js"></script>`;

async function servePage() {
  /** @type {{ [path: string]: Buffer | undefined }} */
  const scripts = {};
  for (const [path, url] of Object.entries(LIBRARIES)) scripts[path] = await readFile(url);
  const server = createServer((request, response) => {
    const script = scripts[request.url ?? ""];
    response.setHeader("Content-Type", script ? "text/javascript" : "text/html");
    response.end(script ?? PAGE);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", () => listening(null)));
  return server;
}

// Calls `scene` with a function that opens a fresh page; ends everything afterwards.
/**
 * @template R
 * @param {string} executablePath
 * @param {(open: () => Promise<import("playwright-core").Page>) => Promise<R>} scene
 */
export async function withBrowser(executablePath, scene) {
  const server = await servePage();
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  try {
    return await scene(async () => {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${port}/`);
      return page;
    });
  } finally {
    await browser.close();
    server.close();
  }
}
