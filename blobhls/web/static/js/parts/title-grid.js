/**
 * `<title-grid>`: a grid of any number of titles; only those near the screen are elements.
 *
 * All cards are of one size, so the place of each follows from its number.
 */
import { posterCard } from "./cards.js";

const AROUND = 1; // screens drawn above and below the one that is seen

export class TitleGrid extends HTMLElement {
  /** @type {Show[]} */
  #shows = [];
  /** @type {Map<number, HTMLElement>} */
  #cards = new Map(); // by the number of their title
  #layout = { columns: 1, width: 0, height: 0, gap: 0 };
  #resize = new ResizeObserver(() => this.#measure());
  #frame = 0;
  // Once a frame, however often the wheel turns within it.
  #scrolled = () => {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  };

  connectedCallback() {
    this.setAttribute("role", "list");
    this.#resize.observe(this);
    addEventListener("scroll", this.#scrolled, { passive: true });
  }

  disconnectedCallback() {
    this.#resize.disconnect();
    removeEventListener("scroll", this.#scrolled);
  }

  /**
   * Show these titles. Cards of titles that stay where they are are left alone.
   *
   * @param {Show[]} shows
   */
  fill(shows) {
    for (const [number, element] of this.#cards) {
      if (shows[number]?.info.id !== this.#shows[number].info.id) this.#drop(number, element);
    }
    this.#shows = shows;
    if (this.#layout.width) this.#draw();
  }

  /** Measure one card as the style sheet makes it, and lay all of them out. */
  #measure() {
    const style = getComputedStyle(this);
    const gap = parseFloat(style.columnGap);
    const least = parseFloat(style.getPropertyValue("--card")) * parseFloat(getComputedStyle(document.documentElement).fontSize);
    const columns = Math.max(2, Math.floor((this.clientWidth + gap) / (least + gap)));
    const width = (this.clientWidth - gap * (columns - 1)) / columns;
    const words = parseFloat(style.getPropertyValue("--words")) * parseFloat(style.fontSize);
    this.#layout = { columns, width, height: width * 1.5 + words, gap };
    for (const [number, element] of this.#cards) this.#place(number, element);
    this.#draw();
  }

  #draw() {
    if (!this.isConnected) return;
    const { columns, height, gap } = this.#layout;
    const rows = Math.ceil(this.#shows.length / columns);
    this.style.blockSize = `${Math.max(0, rows * (height + gap) - gap)}px`;
    const top = -this.getBoundingClientRect().top;
    const first = Math.floor((top - AROUND * innerHeight) / (height + gap)) * columns;
    const last = Math.ceil((top + (1 + AROUND) * innerHeight) / (height + gap)) * columns;
    for (const [number, element] of this.#cards) {
      // The focused card stays: keys continue from there.
      if ((number < first || number >= last) && !element.contains(document.activeElement)) {
        this.#drop(number, element);
      }
    }
    for (let number = Math.max(0, first); number < Math.min(last, this.#shows.length); number++) {
      if (!this.#cards.has(number)) this.#make(number);
    }
  }

  /** @param {number} number */
  #make(number) {
    const element = document.createElement("div");
    element.setAttribute("role", "listitem");
    element.setAttribute("aria-posinset", String(number + 1));
    element.append(posterCard(this.#shows[number], { "data-first": number === 0 }));
    this.#place(number, element);
    this.#cards.set(number, element);
    // In the order of their numbers, so that Tab and screen readers go through them in it.
    this.insertBefore(element, this.#following(number));
  }

  /**
   * The first card behind a number; next door, as cards come row by row, or at the end.
   *
   * @param {number} number
   */
  #following(number) {
    const last = this.lastElementChild;
    if (!last || Number(last.ariaPosInSet) <= number) return null;
    return this.#cards.get(number + 1) ?? [...this.children].find((child) => Number(child.ariaPosInSet) > number + 1) ?? null;
  }

  /** @param {number} number @param {HTMLElement} element */
  #place(number, element) {
    const { columns, width, height, gap } = this.#layout;
    element.style.inlineSize = `${width}px`;
    element.style.left = `${(number % columns) * (width + gap)}px`;
    element.style.top = `${Math.floor(number / columns) * (height + gap)}px`;
    element.setAttribute("aria-setsize", String(this.#shows.length));
  }

  /** @param {number} number @param {Element} element */
  #drop(number, element) {
    element.remove();
    this.#cards.delete(number);
  }
}

customElements.define("title-grid", TitleGrid);
