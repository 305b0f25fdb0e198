/** `<title-row>`: a heading and a line of cards that scrolls sideways. */
import { focusedIn, h, icon, prefersStillness } from "../dom.js";

export class TitleRow extends HTMLElement {
  #list = h("ul", { class: "line" });

  connectedCallback() {
    if (this.firstChild) return;
    const heading = h("h2", { id: `row-${this.dataset.name}` }, this.dataset.title);
    this.#list.setAttribute("aria-labelledby", heading.id);
    this.append(heading, this.#list, this.#pager(-1), this.#pager(1));
  }

  /**
   * Show these cards, or lists of a card and what belongs to it; an empty row takes no room.
   *
   * @param {Child[]} cards
   */
  fill(cards) {
    const focused = focusedIn(this)?.getAttribute("href");
    this.#list.replaceChildren(...cards.map((card) => h("li", {}, card)));
    this.hidden = !cards.length;
    if (focused) [...this.querySelectorAll("a")].find((a) => a.getAttribute("href") === focused)?.focus();
  }

  // For a mouse only: keys and fingers scroll without it.
  /** @param {1 | -1} direction */
  #pager(direction) {
    const turn = () =>
      this.#list.scrollBy({
        left: direction * this.#list.clientWidth * 0.8,
        behavior: prefersStillness() ? "instant" : "smooth",
      });
    const side = direction < 0 ? "before" : "after";
    return h(
      "button",
      { type: "button", class: `pager ${side}`, tabindex: "-1", "aria-hidden": "true", onclick: turn },
      icon(direction < 0 ? "back" : "forward"),
    );
  }
}

customElements.define("title-row", TitleRow);

/**
 * Make a row; `name` is for its id, `title` is displayed.
 *
 * @param {string} name
 * @param {string} title
 */
export function titleRow(name, title) {
  return h("title-row", { "data-name": name, "data-title": title, hidden: true });
}
