/** `<sealed-list>`: the videos that were sealed last, with links to copy. */
import * as api from "../api.js";
import { h } from "../dom.js";
import { hear } from "../live.js";
import { pushes } from "../pushes.js";
import { count } from "../words.js";
import { refill } from "./refill.js";
import { goesOn, sealRow } from "./seal-row.js";

const MOST = 12; // videos; a search finds the others

export class SealedList extends HTMLElement {
  #list = h("ul", { class: "rows" });
  #rest = h("p", { class: "count" });
  /** @type {Api.SealedValue[]} */
  #videos = [];
  /** @type {(() => void)[]} */
  #ends = [];
  /** @type {Promise<void> | null} */
  loaded = null; // settles when there is something to show
  #draw = () =>
    refill(
      this.#list,
      this.#videos.map(({ id, title, ...root }) => ({ id, name: title, root, hosts: pushes.hostsOf(id) })),
      (video) => sealRow(video),
    );

  connectedCallback() {
    if (!this.firstChild) this.append(this.#list, this.#rest);
    pushes.addEventListener("change", this.#draw);
    this.#ends = [
      hear("seal", (seal) => goesOn(seal) || this.#refresh()),
      hear("reset", () => this.#refresh()),
      () => pushes.removeEventListener("change", this.#draw),
    ];
    this.loaded = this.#refresh();
  }

  disconnectedCallback() {
    for (const end of this.#ends) end();
  }

  async #refresh() {
    try {
      const { videos, total } = await api.sealed(MOST);
      this.#videos = videos;
      this.#draw();
      this.#rest.textContent = words(total, total - videos.length);
    } catch (error) {
      this.#rest.textContent = api.reasonOf(error);
    }
  }
}

/** @param {number} total @param {number} rest */
function words(total, rest) {
  if (!total) return "Nothing yet.";
  return rest > 0 ? `and ${count(rest, "other")}: find them below.` : "";
}

customElements.define("sealed-list", SealedList);
