/** What all views have in common. */
import { h } from "../dom.js";

/**
 * A page of the application. The router keeps it for Back when `keep` is true, and then calls
 * `returned()` when it is shown again.
 */
export class View extends HTMLElement {
  keep = true;

  /** Name the page, in the window's title. */
  entitle(title) {
    document.title = title ? `${title} – blobhls` : "blobhls";
  }

  /** Say in place of everything what went wrong. */
  fail(error) {
    this.replaceChildren(
      h(
        "div",
        { class: "message", role: "alert" },
        h("h1", {}, error.status === 404 ? "Not here" : "Something is missing"),
        h("p", {}, error.message),
        h("a", { class: "button", href: "/", "data-first": true }, "Home"),
      ),
    );
  }
}
