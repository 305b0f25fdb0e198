/** `<next-card>`: the next episode, offered while the last seconds of this one run. */
import { announce, h, icon, picture } from "../dom.js";

const SECONDS = 20; // before the end
const LEAST_PART = 0.9; // of a short one, played at least

export class NextCard extends HTMLElement {
  #refused = false;
  /** @type {Playable | null} */
  #episode = null;
  #play = () => {};
  #words = h("p", { class: "countdown" });

  /**
   * Offer `episode`; `play` is called with it at the end, or when the viewer chooses to.
   *
   * @param {Playable} episode
   * @param {() => void} play
   */
  offer(episode, play) {
    this.#episode = episode;
    this.#play = play;
    this.replaceChildren(
      h("span", { class: "frame" }, picture(episode.thumbnail)),
      h(
        "div",
        {},
        this.#words,
        h("p", { class: "name" }, `${episode.index} ${episode.title}`.trim()),
        h("button", { type: "button", class: "button main", onclick: () => play() }, icon("play"), "Play now"),
        h("button", { type: "button", class: "button", onclick: () => this.#refuse() }, "Not now"),
      ),
    );
  }

  /**
   * Follow the time; shows and hides itself.
   *
   * @param {number} position
   * @param {number} length
   */
  follow(position, length) {
    if (!this.#episode || this.#refused || !length) return;
    const left = length - position;
    const late = left <= SECONDS && position >= length * LEAST_PART;
    if (late) this.#words.textContent = `Next episode in ${Math.ceil(left)} s`;
    const { hidden } = this;
    if (late === !hidden) return;
    this.hidden = !late;
    if (late) announce(`Next: ${this.#episode.title}, in ${Math.ceil(left)} seconds`);
  }

  /** The end was reached: play the next episode, unless it was declined. */
  finish() {
    if (this.#episode && !this.#refused) this.#play();
  }

  #refuse() {
    this.#refused = true;
    this.hidden = true;
    this.dispatchEvent(new Event("refused"));
  }
}

customElements.define("next-card", NextCard);
