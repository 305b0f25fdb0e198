/** `<problem-list>`: files that can't be used, and why. */
import * as api from "../api.js";
import { h } from "../dom.js";
import { hear } from "../live.js";

const MOST = 5; // files shown at first

class ProblemList extends HTMLElement {
  #list = h("ul", { class: "problems" });
  #whole = false;
  #end = () => {};

  connectedCallback() {
    if (!this.firstChild) this.append(this.#list);
    this.#end = hear("scan", () => this.refresh());
    this.refresh();
  }

  disconnectedCallback() {
    this.#end();
  }

  async refresh() {
    try {
      this.#fill(await api.problems());
    } catch (error) {
      this.#list.replaceChildren(h("li", { role: "alert" }, api.reasonOf(error)));
    }
  }

  /** @param {Api.LibraryProblem[]} found */
  #fill(found) {
    const shown = this.#whole ? found : found.slice(0, MOST);
    this.#list.replaceChildren(...(found.length ? shown.map(problem) : [h("li", {}, "None.")]));
    this.querySelector(":scope > button")?.remove();
    if (shown.length === found.length) return;
    const open = () => {
      this.#whole = true;
      this.#fill(found);
    };
    this.append(h("button", { type: "button", class: "button", onclick: open }, `Show all ${found.length}`));
  }
}

/** @param {Api.LibraryProblem} problem */
function problem({ path, reason }) {
  return h("li", {}, h("code", {}, path || "The library itself"), h("span", {}, reason));
}

customElements.define("problem-list", ProblemList);
