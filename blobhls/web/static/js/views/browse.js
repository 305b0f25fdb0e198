/** `<browse-view>`: all movies or all series. */
import { catalogue } from "../catalogue.js";
import { h } from "../dom.js";
import "../parts/title-grid.js";
import { View } from "../parts/view.js";
import { focusFirst } from "../router.js";
import { count } from "../words.js";

const NAMES = { movie: "Movies", series: "Series" };

class BrowseView extends View {
  #grid = h("title-grid");
  #count = h("p", { class: "count" });
  #draw = () => this.#fill();

  connectedCallback() {
    this.entitle(NAMES[this.dataset.kind]);
    catalogue.addEventListener("change", this.#draw);
    if (!this.firstChild) {
      this.append(h("header", {}, h("h1", {}, NAMES[this.dataset.kind]), this.#count), this.#grid);
    }
    this.#fill();
    if (!catalogue.complete) catalogue.load().catch((error) => this.fail(error));
  }

  disconnectedCallback() {
    catalogue.removeEventListener("change", this.#draw);
  }

  #fill() {
    const shows = catalogue.ofKind(this.dataset.kind);
    this.#grid.fill(shows);
    if (catalogue.complete) this.#count.textContent = shows.length ? count(shows.length, "title") : "None yet.";
    focusFirst(this);
  }
}

customElements.define("browse-view", BrowseView);

export const makeBrowse = (kind) => h("browse-view", { "data-kind": kind });
