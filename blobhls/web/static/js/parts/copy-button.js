/** A button that copies a text. */
import { announce, h, icon } from "../dom.js";

/**
 * `label` is for those who only hear it, `words` stand on it; `place` tells it from its like.
 *
 * @param {string} place
 * @param {string} label
 * @param {string} words
 * @param {string} text
 */
export function copyButton(place, label, words, text) {
  const shown = new Text(words);
  /** @param {{ currentTarget: HTMLButtonElement }} event */
  const copy = async ({ currentTarget }) => {
    try {
      await navigator.clipboard.writeText(text);
      announce("Copied");
      shown.data = "Copied";
    } catch {
      // Not allowed, or no HTTPS: then it can at least be seen and marked.
      currentTarget.replaceWith(h("code", { tabindex: "0" }, text));
    }
  };
  return h("button", { type: "button", class: "button", "aria-label": label, "data-place": place, onclick: copy }, icon("copy"), shown);
}
