/** `<search-view>`: titles that match the search field at the top. */
import * as api from "../api.js";
import { announce, h, there } from "../dom.js";
import "../parts/title-grid.js";
import { View } from "../parts/view.js";
import { count } from "../words.js";

const MOST = 200; // results

export class SearchView extends View {
  #grid = h("title-grid");
  #heading = h("h1", {});
  /** @type {AbortController | null} */
  #asked = null; // of the current request

  connectedCallback() {
    const query = new URLSearchParams(location.search).get("q") ?? "";
    const field = searchField();
    if (!field.matches(":focus")) field.value = query;
    this.entitle("Search");
    if (this.firstChild) return;
    this.append(h("header", {}, this.#heading), this.#grid);
    this.search(query);
  }

  disconnectedCallback() {
    this.#asked?.abort();
    searchField().value = "";
  }

  /**
   * Show what fits; an answer that comes after a later question is dropped.
   *
   * @param {string} query
   */
  async search(query) {
    this.#asked?.abort();
    this.#asked = new AbortController();
    if (!query) {
      this.#show("Type a title", []);
      return;
    }
    try {
      const found = await api.shows({ search: query, limit: MOST, signal: this.#asked.signal });
      const what = found.total ? count(found.total, "title") : "Nothing";
      this.#show(`${what} for “${query}”`, found.shows);
    } catch (error) {
      if (api.isAbort(error)) return;
      if (api.statusOf(error) === 0) this.fail(error);
      else this.#show(api.reasonOf(error), []);
    }
  }

  /** @param {string} words @param {Show[]} shows */
  #show(words, shows) {
    this.#heading.textContent = words;
    this.#grid.fill(shows);
    announce(words);
  }
}

function searchField() {
  return there(document.querySelector("#top input"));
}

customElements.define("search-view", SearchView);

export const makeSearch = () => h("search-view");
