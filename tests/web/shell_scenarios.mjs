/*
 * The page as an application: installed, without its server, in a new version, without its player;
 * what must be seen is said in test_shell.py.
 */
import { createServer, connect } from "node:net";

/** An address of its own that leads to a server, to another one, or to none. */
class Door {
  /** @type {Set<import("node:net").Socket>} */
  #lines = new Set();
  /** @type {import("node:net").Server} */
  #server;
  /** @type {URL} */
  #target;

  /** @param {string} target */
  constructor(target) {
    this.#target = new URL(target);
    this.#server = createServer((line) => {
      const through = connect(Number(this.#target.port), this.#target.hostname);
      for (const end of [line, through]) {
        this.#lines.add(end);
        end.on("error", () => {});
        end.on("close", () => {
          this.#lines.delete(end);
          line.destroy();
          through.destroy();
        });
      }
      line.pipe(through).pipe(line);
    });
  }

  async open(port = 0) {
    await new Promise((done) => void this.#server.listen(port, "127.0.0.1", () => done(null)));
    const { port: given } = /** @type {import("node:net").AddressInfo} */ (this.#server.address());
    this.port = given;
    return `http://127.0.0.1:${this.port}`;
  }

  async close() {
    const closed = new Promise((done) => this.#server.close(done));
    for (const line of this.#lines) line.destroy();
    await closed;
  }

  /** @param {string} target */
  async leadTo(target) {
    await this.close();
    this.#target = new URL(target);
    await this.open(this.port);
  }
}

/** @template T @param {Page} page @param {(door: Door) => Promise<T>} walk */
async function throughDoor(page, walk) {
  const door = new Door(page.address);
  page.address = await door.open();
  try {
    return await walk(door);
  } finally {
    await door.close();
  }
}

/**
 * Wait until the service worker has what it keeps and speaks for this page.
 *
 * @param {Page} page
 */
async function kept(page) {
  await page.until(() => navigator.serviceWorker.controller?.state === "activated");
  return page.evaluate(() => caches.keys());
}

/**
 * What the browser makes of the manifest, and what keeps it from installing the page.
 *
 * @param {Page} page
 */
export async function installing(page) {
  await page.goto("/");
  await kept(page);
  const wire = await page.tab.createCDPSession();
  const { data, errors } = await wire.send("Page.getAppManifest");
  const { installabilityErrors } = await wire.send("Page.getInstallabilityErrors");
  const manifest = JSON.parse(data ?? "");
  const href = await page.evaluate(() => document.querySelector("link[rel=manifest]").href);
  const icons = await page.evaluate(
    (urls) =>
      Promise.all(
        urls.map(async (/** @type {string} */ url) => {
          const image = new Image();
          image.src = url;
          await image.decode();
          return image.naturalWidth;
        }),
      ),
    manifest.icons.map((/** @type {{ src: string }} */ { src }) => new URL(src, href).href),
  );
  return { manifest, errors, icons, reasons: installabilityErrors.map(({ errorId }) => errorId) };
}

/**
 * Every page while the server is away, and one of them when it is back.
 *
 * @param {Page} page
 * @param {{ paths: string[] }} given
 */
export function away(page, { paths }) {
  return throughDoor(page, async (door) => {
    await page.goto("/");
    await kept(page);
    await page.seen("home-view a");
    await door.close();
    /** @type {{ [path: string]: object }} */
    const shown = {};
    for (const path of paths) {
      await page.goto(path);
      await page.seen("[role=alert] h1");
      shown[path] = {
        heading: await page.text("[role=alert] h1"),
        focused: await page.focused(),
        // What the server told before must not look as if it were still so.
        titles: (await page.texts("#view .card, #view seal-list")).length,
      };
    }
    await page.goto("/");
    await page.seen("[role=alert] h1");
    await door.open(door.port);
    await page.seen("home-view a");
    return { shown };
  });
}

/**
 * Another version of the page: the next visit has it, and the old one is not kept.
 *
 * @param {Page} page
 * @param {{ next: string }} given
 */
export function renewed(page, { next }) {
  return throughDoor(page, async (door) => {
    await page.goto("/");
    const before = await kept(page);
    const old = await page.evaluate(() => document.querySelector("link[rel=manifest]").href);
    await door.leadTo(next);
    await page.reload();
    const fresh = await page.evaluate(() => document.querySelector("link[rel=manifest]").href);
    await page.until(async (gone) => !(await caches.keys()).includes(gone), before[0]);
    const after = await kept(page);
    await door.close();
    await page.reload();
    await page.seen("[role=alert] h1");
    const offline = await page.evaluate(() => document.querySelector("link[rel=manifest]").href);
    return { before, after, changed: fresh !== old, offline: offline === fresh };
  });
}

/**
 * A page that was built without hls.js and media-chrome.
 *
 * @param {Page} page
 * @param {{ id: string, native: string }} given
 */
export async function bare(page, { id, native }) {
  // What a browser says that plays HLS by itself, or one that does not.
  await page.tab.evaluateOnNewDocument((answer) => {
    HTMLMediaElement.prototype.canPlayType = (type) => (type === "application/vnd.apple.mpegurl" ? /** @type {CanPlayTypeResult} */ (answer) : "");
  }, native);
  await page.goto("/");
  await page.seen("home-view a");
  await page.goto(`/watch/${id}`);
  await page.until(() => document.querySelector("video")?.getAttribute("src") || document.querySelector("[role=alert] p") !== null);
  return page.evaluate(() => ({
    source: document.querySelector("video")?.getAttribute("src") ?? null,
    controls: document.querySelector("video")?.controls ?? null,
    reason: document.querySelector("[role=alert] p")?.textContent ?? null,
  }));
}

/**
 * From what was begun down to the next row and back, and to the cross of a card.
 *
 * @param {Page} page
 */
export async function corners(page) {
  const where = () =>
    page.evaluate(() => {
      const found = document.activeElement;
      return `${found.closest("title-row")?.dataset.name} ${found.matches(".dismiss") ? "cross" : found.localName}`;
    });
  /** @type {string[]} */
  const steps = [];
  /** @param {string} key */
  const step = async (key) => {
    await page.press(key);
    steps.push(await where());
  };
  await page.goto("/");
  await page.seen('title-row[data-name="begun"] a:focus');
  for (const key of ["Down", "Up", "Up", "Down", "Right", "Right", "Right", "Up"]) await step(`Arrow${key}`);
  const before = (await page.texts('title-row[data-name="begun"] a')).length;
  await page.press("Enter");
  await page.until((count) => document.querySelectorAll('title-row[data-name="begun"] a').length < count, before);
  await page.until(() => document.activeElement.closest("title-row") !== null);
  return { steps, left: await page.texts('title-row[data-name="begun"] .name') };
}

/**
 * Every page, loaded anew; what the console says is in the complaints.
 *
 * @param {Page} page
 * @param {{ paths: Record<string, string> }} given
 */
export async function visits(page, { paths }) {
  for (const [path, ready] of Object.entries(paths)) {
    await page.goto(path);
    await page.seen(ready);
  }
  return {};
}
