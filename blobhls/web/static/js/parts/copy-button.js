/** A button that copies a text. */
import { announce, h, icon } from "../dom.js";

/** `label` is for those who only hear it, `words` stand on it; `place` tells it from its like. */
export function copyButton(place, label, words, text) {
  const copy = async ({ currentTarget }) => {
    try {
      await navigator.clipboard.writeText(text);
      announce("Copied");
      currentTarget.lastChild.data = "Copied";
    } catch {
      // Not allowed, or no HTTPS: then it can at least be seen and marked.
      currentTarget.replaceWith(h("code", { tabindex: "0" }, text));
    }
  };
  return h("button", { type: "button", class: "button", "aria-label": label, "data-place": place, onclick: copy }, icon("copy"), words);
}
