/**
 * All titles of a kind, fetched page by page and kept for the visit.
 *
 * A list that is shown grows while its pages arrive; it does not wait for the last one.
 */
import * as api from "./api.js";
import { hear } from "./live.js";

const PAGE = 250; // titles
const PAUSE = 1000; // milliseconds: a scan reports many changes, one after the other

class Titles extends EventTarget {
  #kind;
  /** @type {Promise<void> | null} */
  #loading = null;
  /** @type {Show[]} */
  shows = []; // known so far, by title
  complete = false;

  /** @param {string} kind */
  constructor(kind) {
    super();
    this.#kind = kind;
  }

  /** Fetch everything, unless that is going on; `change` is fired for each page. */
  load() {
    this.#loading ??= this.#fetch().finally(() => (this.#loading = null));
    return this.#loading;
  }

  async #fetch() {
    /** @type {Show[]} */
    const found = [];
    for (let total = 1; found.length < total; ) {
      const page = await api.shows({ kind: this.#kind, limit: PAGE, offset: found.length });
      if (!page.shows.length) break;
      found.push(...page.shows);
      total = page.total;
      if (found.length >= this.shows.length) this.#tell(found, found.length >= total);
    }
    this.#tell(found, true);
  }

  /** @param {Show[]} found @param {boolean} complete */
  #tell(found, complete) {
    this.shows = [...found];
    this.complete = complete;
    this.dispatchEvent(new Event("change"));
  }
}

class Catalogue extends EventTarget {
  movie = new Titles("movie");
  series = new Titles("series");

  /** Titles were added or removed: `change` is fired, and lists that were shown are fetched again. */
  refresh() {
    this.dispatchEvent(new Event("change"));
    for (const titles of [this.movie, this.series]) if (titles.complete) titles.load().catch(() => {});
  }
}

export const catalogue = new Catalogue();

let timer = 0;
for (const name of /** @type {const} */ (["library", "reset"])) {
  hear(name, () => {
    clearTimeout(timer);
    timer = setTimeout(() => catalogue.refresh(), PAUSE);
  });
}
