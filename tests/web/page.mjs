/*
 * A page as the scenarios use it: the same few words for Chromium and Firefox. Everything waits.
 */

const ANSWER = 30_000; // milliseconds to wait for anything
const PAUSE = 40; // milliseconds between two looks
// Refused requests are part of some scenarios; what scripts and the policy say is not.
const EXPECTED = /^Failed to load resource|^\[JavaScript Warning/;

/** @typedef {string | ((...given: unknown[]) => unknown)} Act */

export class Page {
  /** @type {string[]} */
  complaints = [];

  /**
   * Open an empty page in `context`; `given` may ask for a `viewport` or a `touch` screen.
   *
   * @param {import("puppeteer-core").BrowserContext} context
   * @param {string} address
   * @param {{ viewport?: { width: number, height: number }, touch?: boolean }} given
   */
  static async open(context, address, { viewport, touch = false }) {
    const tab = await context.newPage();
    await tab.setViewport({ width: 1366, height: 768, ...viewport, hasTouch: touch, isMobile: touch });
    return new Page(tab, address);
  }

  /** @param {import("puppeteer-core").Page} tab @param {string} address */
  constructor(tab, address) {
    this.tab = tab;
    this.address = address;
    tab.on("pageerror", (error) => this.complaints.push(String(error)));
    tab.on("console", (message) => {
      if (message.type() === "error" && !EXPECTED.test(message.text())) this.complaints.push(message.text());
    });
  }

  get path() {
    return new URL(this.tab.url()).pathname;
  }

  /** @param {string} path */
  goto(path) {
    return this.tab.goto(this.address + path);
  }

  /**
   * Run a function in every document before its own scripts.
   *
   * @param {() => void} act
   */
  before(act) {
    return this.tab.evaluateOnNewDocument(act);
  }

  reload() {
    return this.tab.reload();
  }

  /**
   * Run a function in the page, or a script.
   *
   * @template {unknown[]} P
   * @template R
   * @param {string | ((...given: P) => R)} act
   * @param {P} given
   * @returns {Promise<Awaited<R>>}
   */
  evaluate(act, ...given) {
    return /** @type {Promise<Awaited<R>>} */ (this.tab.evaluate(/** @type {Act} */ (act), ...given));
  }

  /**
   * Wait until a condition in the page gives something; returns it.
   *
   * @template R
   * @template [G=unknown]
   * @param {(given: G) => R} condition
   * @param {G} [given]
   * @param {number} [timeout]
   * @returns {Promise<Exclude<Awaited<R>, null | undefined | false>>}
   */
  async until(condition, given, timeout = ANSWER) {
    const deadline = Date.now() + timeout;
    for (;;) {
      const found = await this.tab.evaluate(/** @type {Act} */ (condition), given).catch(unlessItLeaves);
      if (found) return /** @type {Exclude<Awaited<R>, null | undefined | false>} */ (found);
      if (Date.now() > deadline) throw new Error(`waited ${timeout / 1000} s for: ${condition} of ${JSON.stringify(given)}`);
      await new Promise((done) => setTimeout(done, PAUSE));
    }
  }

  /** Wait until nothing more is loaded; the stream of events stays open. */
  quiet() {
    return this.tab.waitForNetworkIdle({ idleTime: 1000, concurrency: 1, timeout: ANSWER });
  }

  /**
   * Wait until an element is there to be seen.
   *
   * @param {string} selector
   * @param {number} [timeout]
   */
  async seen(selector, timeout) {
    await this.until((wanted) => document.querySelector(wanted)?.checkVisibility({ visibilityProperty: true }), selector, timeout);
  }

  /** @param {string} selector */
  async text(selector) {
    await this.seen(selector);
    return this.evaluate((wanted) => document.querySelector(wanted).textContent, selector);
  }

  /** @param {string} selector */
  texts(selector) {
    return this.evaluate((wanted) => [...document.querySelectorAll(wanted)].map((found) => found.textContent), selector);
  }

  /** @param {string} selector */
  async click(selector) {
    await this.seen(selector);
    await this.tab.locator(selector).setTimeout(ANSWER).click();
  }

  /**
   * Point at an element with the mouse, `part` of its width from the left.
   *
   * @param {string} selector
   * @param {number} part
   */
  async point(selector, part) {
    await this.seen(selector);
    const place = await this.evaluate((wanted) => {
      const { left, top, width, height } = document.querySelector(wanted).getBoundingClientRect();
      return { left, width, y: top + height / 2 };
    }, selector);
    await this.tab.mouse.move(place.left + place.width * part, place.y, { steps: 3 });
  }

  /** @param {string} key */
  press(key) {
    return this.tab.keyboard.press(/** @type {import("puppeteer-core").KeyInput} */ (key));
  }

  /** @param {string} words */
  type(words) {
    return this.tab.keyboard.type(words, { delay: 30 });
  }

  /** The words of what has the focus. */
  focused() {
    return this.evaluate(() => document.activeElement.closest("a, button, media-controller")?.textContent.trim());
  }

  // What only Chromium can do

  /** @param {string} selector */
  async tap(selector) {
    await this.seen(selector);
    await this.tab.tap(selector);
  }

  /**
   * Load no more than so many bits a second.
   *
   * @param {number} bits
   */
  limit(bits) {
    return this.tab.emulateNetworkConditions({ latency: 50, download: bits / 8, upload: bits / 8 });
  }

  /**
   * Prefer what media features say, as `{"prefers-color-scheme": "light"}`.
   *
   * @param {Record<string, string>} features
   */
  prefer(features) {
    return this.tab.emulateMediaFeatures(Object.entries(features).map(([name, value]) => ({ name, value })));
  }

  /**
   * Answer requests for a path with what `make` makes of their parameters.
   *
   * @param {string} path
   * @param {(asked: URLSearchParams) => Partial<import("puppeteer-core").ResponseForRequest>} make
   */
  async answer(path, make) {
    await this.tab.setRequestInterception(true);
    this.tab.on("request", (request) => {
      const url = new URL(request.url());
      if (url.pathname === path) request.respond(make(url.searchParams));
      else request.continue();
    });
  }
}

/**
 * A page that goes to another address while it is asked has not answered yet.
 *
 * @param {Error} error
 */
function unlessItLeaves(error) {
  if (!/context was destroyed|navigat|discarded/i.test(error.message)) throw error;
  return null;
}
