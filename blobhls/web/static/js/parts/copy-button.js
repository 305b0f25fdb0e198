/** A button that copies a text. */
import { announce, h, icon } from "../dom.js";

/**
 * `label` is for screen readers, `words` stand on it; `place` tells it from other such buttons.
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
      // Not allowed, or no HTTPS: then the text is at least shown, to be selected.
      currentTarget.replaceWith(h("code", { tabindex: "0" }, text));
    }
  };
  return h("button", { type: "button", class: "button", "aria-label": label, "data-place": place, onclick: copy }, icon("copy"), shown);
}
