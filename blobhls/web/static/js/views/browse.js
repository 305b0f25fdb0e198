/** `<browse-view>`: all movies or all series. */
import { catalogue } from "../catalogue.js";
import { h } from "../dom.js";
import "../parts/title-grid.js";
import { View } from "../parts/view.js";
import { focusFirst } from "../router.js";
import { count } from "../words.js";

const NAMES = { movie: "Movies", series: "Series" };

export class BrowseView extends View {
  #grid = h("title-grid");
  #count = h("p", { class: "count" });
  #titles = catalogue.movie;
  #draw = () => this.#fill();

  connectedCallback() {
    const kind = this.dataset.kind === "series" ? "series" : "movie";
    this.entitle(NAMES[kind]);
    this.#titles = catalogue[kind];
    this.#titles.addEventListener("change", this.#draw);
    if (!this.firstChild) {
      this.append(h("header", {}, h("h1", {}, NAMES[kind]), this.#count), this.#grid);
    }
    this.#fill();
    if (!this.#titles.complete) this.#titles.load().catch((error) => this.fail(error));
  }

  disconnectedCallback() {
    this.#titles.removeEventListener("change", this.#draw);
  }

  #fill() {
    const { shows, complete } = this.#titles;
    this.#grid.fill(shows);
    if (complete) this.#count.textContent = shows.length ? count(shows.length, "title") : "None yet.";
    focusFirst(this);
  }
}

customElements.define("browse-view", BrowseView);

/** @param {"movie" | "series"} kind */
export const makeBrowse = (kind) => h("browse-view", { "data-kind": kind });
