/** `<seal-list>`: one title, opened to seal its videos and to copy their addresses. */
import * as api from "../api.js";
import { announce, h, icon } from "../dom.js";

const POLL = 1000; // milliseconds between two looks at a sealing that goes on

class SealList extends HTMLElement {
  #list = h("ul");
  #timer = 0;

  connectedCallback() {
    const details = h("details", {}, h("summary", {}, this.dataset.title), this.#list);
    details.addEventListener("toggle", () => (details.open ? this.#refresh() : clearTimeout(this.#timer)));
    this.replaceChildren(details);
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
  }

  async #refresh() {
    clearTimeout(this.#timer);
    try {
      const videos = await api.roots(this.dataset.id);
      if (!this.isConnected) return;
      const focused = document.activeElement?.dataset.place;
      this.#list.replaceChildren(...videos.map((video) => this.#video(video)));
      if (focused) this.querySelector(`[data-place="${CSS.escape(focused)}"]`)?.focus();
      if (videos.some(({ seal }) => goesOn(seal))) this.#timer = setTimeout(() => this.#refresh(), POLL);
    } catch (error) {
      this.#list.replaceChildren(h("li", { role: "alert" }, error.message));
    }
  }

  #video({ id, index, title, root, seal }) {
    const name = [index, title].filter(Boolean).join(" ");
    return h(
      "li",
      {},
      h("span", { class: "name" }, name),
      h("span", { class: "state" }, state(root, seal)),
      goesOn(seal) && progress(name, seal),
      !root && !goesOn(seal) && this.#sealButton(id, name),
      root && copyButton(`${id} uri`, `${name}: copy blossom URI`, "Copy URI", root.uri),
      root && copyButton(`${id} url`, `${name}: copy URL`, "Copy URL", new URL(root.url, location.href).href),
      ...Object.entries(seal.problems).map(([rendition, why]) => h("span", { class: "why" }, `${rendition}: ${why}`)),
    );
  }

  #sealButton(id, name) {
    const begin = async () => {
      await api.seal(id).catch((error) => announce(error.message));
      await this.#refresh();
    };
    return h(
      "button",
      { type: "button", class: "button", "aria-label": `${name}: seal`, "data-place": `${id} seal`, onclick: begin },
      "Seal",
    );
  }
}

function goesOn({ state: now }) {
  return now === "sealing";
}

function state(root, seal) {
  if (goesOn(seal)) return `${seal.done} of ${seal.total} segments`;
  if (root) return "sealed";
  return seal.state === "failed" ? "failed" : "not sealed";
}

function progress(name, { done, total }) {
  return h("progress", { "aria-label": `${name}: sealing`, value: done, max: total || 1 });
}

function copyButton(place, label, words, text) {
  const copy = async ({ currentTarget }) => {
    try {
      await navigator.clipboard.writeText(text);
      announce("Copied");
      currentTarget.lastChild.data = "Copied";
    } catch {
      // Not allowed, or no HTTPS: then it can at least be seen and marked.
      currentTarget.replaceWith(h("code", {}, text));
    }
  };
  return h("button", { type: "button", class: "button", "aria-label": label, "data-place": place, onclick: copy }, icon("copy"), words);
}

customElements.define("seal-list", SealList);
