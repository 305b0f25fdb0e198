/**
 * All titles, fetched page by page and kept for the visit.
 *
 * A list that is looked at grows while its pages arrive; nobody waits for the last one.
 */
import * as api from "./api.js";

const PAGE = 250; // titles

class Catalogue extends EventTarget {
  #shows = [];
  #loading = null;
  complete = false;

  /** Titles of a kind known so far, by title: `movie`, `series`. */
  ofKind(kind) {
    return this.#shows.filter((show) => show.kind === kind);
  }

  get size() {
    return this.#shows.length;
  }

  /** Fetch everything, unless that is going on; `change` is fired for each page. */
  load() {
    this.#loading ??= this.#fetch().finally(() => (this.#loading = null));
    return this.#loading;
  }

  async #fetch() {
    const found = [];
    for (let total = 1; found.length < total; ) {
      const page = await api.shows({ limit: PAGE, offset: found.length });
      if (!page.shows.length) break;
      found.push(...page.shows);
      total = page.total;
      if (found.length >= this.#shows.length) this.#tell(found, found.length >= total);
    }
    this.#tell(found, true);
  }

  #tell(found, complete) {
    this.#shows = [...found];
    this.complete = complete;
    this.dispatchEvent(new Event("change"));
  }
}

export const catalogue = new Catalogue();
