/** `<operator-view>`: what was found, what can't be used, what room it takes, and what is sealed. */
import * as api from "../api.js";
import { h } from "../dom.js";
import "../parts/cache-use.js";
import "../parts/seal-list.js";
import { View } from "../parts/view.js";
import { focusFirst } from "../router.js";
import { count } from "../words.js";

const MOST = 40; // titles in the list; a search finds the others

class OperatorView extends View {
  #titles = h("div", { class: "seals" });
  #total = h("span", {}, "…");

  async connectedCallback() {
    this.entitle("Operator");
    if (this.firstChild) return;
    const field = h("input", {
      type: "search",
      "aria-label": "Find a title to seal",
      placeholder: "Find a title",
      oninput: ({ currentTarget }) => this.#list(currentTarget.value.trim()),
    });
    this.append(
      h("h1", {}, "Library"),
      h("p", { class: "count" }, this.#total),
      h("section", { "aria-labelledby": "problems" }, h("h2", { id: "problems" }, "Files that can’t be used"), this.#problems()),
      h("section", { "aria-labelledby": "cache" }, h("h2", { id: "cache" }, "Cache"), h("cache-use")),
      h(
        "section",
        { "aria-labelledby": "sealing" },
        h("h2", { id: "sealing" }, "Sealing"),
        h("p", { class: "count" }, "A sealed title is made of blobs alone: any Blossom server can keep it, any player can play it."),
        field,
        this.#titles,
      ),
    );
    await this.#list("");
    focusFirst(this);
  }

  #problems() {
    const list = h("ul", { class: "problems" }, h("li", {}, "Looking …"));
    api.problems().then(
      (found) => list.replaceChildren(...(found.length ? found.map(problem) : [h("li", {}, "None.")])),
      (error) => list.replaceChildren(h("li", {}, error.message)),
    );
    return list;
  }

  async #list(search) {
    try {
      const { shows, total } = await api.shows({ search, limit: MOST });
      if (!search) this.#total.textContent = count(total, "title");
      const rest = total - shows.length;
      this.#titles.replaceChildren(
        ...shows.map(({ info }) => h("seal-list", { "data-id": info.id, "data-title": info.title })),
        rest > 0 ? h("p", { class: "count" }, `and ${count(rest, "other")}`) : "",
      );
      this.querySelector("summary")?.setAttribute("data-first", "");
    } catch (error) {
      this.#titles.replaceChildren(h("p", { role: "alert" }, error.message));
    }
  }
}

function problem({ path, reason }) {
  return h("li", {}, h("code", {}, path || "The library itself"), h("span", {}, reason));
}

customElements.define("operator-view", OperatorView);
