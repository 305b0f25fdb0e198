/** `<cache-use>`: how full the cache is, as a bar and in words. */
import * as api from "../api.js";
import { h } from "../dom.js";
import { bytes } from "../words.js";

class CacheUse extends HTMLElement {
  #words = h("p", { class: "count" }, "…");

  connectedCallback() {
    if (!this.firstChild) this.append(bar(0, 0), this.#words);
    this.refresh();
  }

  async refresh() {
    try {
      const use = await api.cacheUse();
      const whole = Math.max(use.stored, use.limit ?? 0, 1);
      const kept = use.stored - use.evictable;
      this.#words.textContent = `${filled(use)} ${bytes(kept)} must stay, ${use.evictable ? bytes(use.evictable) : "nothing"} can go.`;
      this.replaceChildren(bar(kept / whole, use.evictable / whole), this.#words);
    } catch (error) {
      this.#words.textContent = api.reasonOf(error);
    }
  }
}

/** @param {Api.CacheUse} use */
function filled({ stored, limit }) {
  if (limit == null) return `${bytes(stored)}, without a limit.`;
  if (limit === 0) return `${bytes(stored)}; nothing stays that can be made again.`;
  return `${bytes(stored)} of ${bytes(limit)}.`;
}

/**
 * Both parts from 0 to 1; the words say the same.
 *
 * @param {...number} parts
 */
function bar(...parts) {
  const pieces = parts.map((part) => {
    const piece = h("span");
    piece.style.inlineSize = `${part * 100}%`;
    return piece;
  });
  return h("div", { class: "bar", "aria-hidden": "true" }, pieces);
}

customElements.define("cache-use", CacheUse);
