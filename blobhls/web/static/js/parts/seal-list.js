/** `<seal-list>`: one title: seal its videos, copy their links, push them. */
import * as api from "../api.js";
import { h } from "../dom.js";
import { hear } from "../live.js";
import { pushes } from "../pushes.js";
import { refill } from "./refill.js";
import { goesOn, sealRow } from "./seal-row.js";

class SealList extends HTMLElement {
  #list = h("ul", { class: "rows" });
  /** @type {Omit<Sealable, "hosts">[]} */
  #videos = [];
  /** @type {(() => void)[]} */
  #ends = [];
  #draw = () =>
    refill(
      this.#list,
      this.#videos.map((video) => ({ ...video, hosts: pushes.hostsOf(video.id) })),
      (video) => sealRow(video, () => this.#refresh()),
    );

  connectedCallback() {
    if (!this.firstChild) {
      const details = h("details", {}, h("summary", {}, this.dataset.title), this.#list);
      details.addEventListener("toggle", () => details.open && this.#refresh());
      this.append(details);
    }
    pushes.addEventListener("change", this.#draw);
    this.#ends = [
      hear("seal", (seal) => this.#sealed(seal)),
      hear("reset", () => this.#videos.length && this.#refresh()),
      () => pushes.removeEventListener("change", this.#draw),
    ];
  }

  disconnectedCallback() {
    for (const end of this.#ends) end();
  }

  async #refresh() {
    try {
      const found = await api.roots(this.dataset.id ?? "");
      this.#videos = found.map(({ id, index, title, root, seal }) => ({ id, name: [index, title].filter(Boolean).join(" "), root, seal }));
      this.#draw();
    } catch (error) {
      this.#list.replaceChildren(h("li", { role: "alert" }, api.reasonOf(error)));
    }
  }

  /** @param {ServerEvents["seal"]} seal */
  #sealed(seal) {
    const video = this.#videos.find(({ id }) => id === seal.id);
    if (!video) return;
    video.seal = seal;
    if (goesOn(seal)) this.#draw();
    else this.#refresh(); // there may be a root now
  }
}

customElements.define("seal-list", SealList);
