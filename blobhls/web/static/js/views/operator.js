/** `<operator-view>`: files with problems, sealing, pushing, and the size of the cache. */
import * as api from "../api.js";
import { h } from "../dom.js";
import { hear, lastHeard } from "../live.js";
import "../parts/cache-use.js";
import "../parts/problem-list.js";
import "../parts/push-list.js";
import "../parts/seal-list.js";
import "../parts/sealed-list.js";
import { View } from "../parts/view.js";
import { pushes } from "../pushes.js";
import { focusFirst } from "../router.js";
import { count } from "../words.js";

const MOST = 12; // titles in the list; a search finds the others
const PAUSE = 150; // milliseconds of not typing

export class OperatorView extends View {
  #titles = h("div", { class: "seals" });
  #total = h("span", {}, "…");
  #scan = h("span");
  #sealed = h("sealed-list");
  #out = h("button", { type: "button", class: "button", hidden: true, onclick: () => logOut() }, "Log out");
  #asked = 0;
  #end = () => {};

  async connectedCallback() {
    this.entitle("Operator");
    this.#end = hear("scan", () => this.#tellScan());
    this.#tellScan();
    if (this.firstChild) return;
    this.append(
      h("h1", {}, "Library"),
      h("p", { class: "count" }, this.#total, this.#scan),
      h(
        "div",
        { class: "columns" },
        h(
          "div",
          {},
          h("push-list", { role: "region", hidden: true }),
          section(
            "sealed",
            "Sealed",
            "Made of blobs alone: any Blossom server can keep it, any player can play it.",
            this.#sealed,
          ),
          section("sealing", "All titles", "", this.#field(), this.#titles),
        ),
        h(
          "div",
          {},
          section("cache", "Cache", "", h("cache-use")),
          section("problems", "Files that can’t be used", "", h("problem-list")),
        ),
      ),
      this.#out,
    );
    await Promise.all([this.#list(""), this.#sealed.loaded, pushes.load().catch(() => {})]);
    const all = [...this.querySelectorAll("button, summary")];
    all.find((element) => element.checkVisibility())?.setAttribute("data-first", "");
    focusFirst(this);
    api.login().then(({ required }) => (this.#out.hidden = !required), () => {});
  }

  disconnectedCallback() {
    this.#end();
  }

  #field() {
    let timer = 0;
    return h("input", {
      type: "search",
      "aria-label": "Find a title",
      placeholder: "Find a title",
      oninput: ({ currentTarget }) => {
        clearTimeout(timer);
        timer = setTimeout(() => this.#list(currentTarget.value.trim()), PAUSE);
      },
    });
  }

  #tellScan() {
    const { unprobed, problems } = lastHeard("scan") ?? {};
    const left = unprobed && `${count(unprobed, "file")} still to be surveyed`;
    const bad = problems && `${count(problems, "file")} can’t be used`;
    this.#scan.textContent = [left, bad].filter(Boolean).map((words) => ` · ${words}`).join("");
  }

  /** @param {string} search */
  async #list(search) {
    const asked = ++this.#asked;
    try {
      const { shows, total } = await api.shows({ search, limit: MOST });
      if (asked !== this.#asked) return; // the search text has changed
      if (!search) this.#total.textContent = count(total, "title");
      const rest = total - shows.length;
      this.#titles.replaceChildren(
        ...shows.map(({ info, kind }) => h("seal-list", { "data-id": info.id, "data-title": info.title, "data-kind": kind })),
        h("p", { class: "count" }, total ? rest > 0 && `and ${count(rest, "other")}` : "Nothing found."),
      );
    } catch (error) {
      if (api.statusOf(error) === 0) this.fail(error);
      else this.#titles.replaceChildren(h("p", { role: "alert" }, api.reasonOf(error)));
    }
  }
}

/** @param {string} id @param {string} title @param {string} text @param {...Child} children */
function section(id, title, text, ...children) {
  return h("section", { "aria-labelledby": id }, h("h2", { id }, title), text && h("p", { class: "count" }, text), ...children);
}

async function logOut() {
  await api.logOut().catch(() => {});
  location.assign("/");
}

customElements.define("operator-view", OperatorView);
