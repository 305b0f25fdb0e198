/** What all views have in common. */
import { reasonOf, statusOf } from "../api.js";
import { h } from "../dom.js";
import { hear } from "../live.js";
import { focusFirst } from "../router.js";

/**
 * A page of the application. The router keeps it for Back when `keep` is true, and then calls
 * `returned()` when it is shown again.
 */
export class View extends HTMLElement {
  keep = true;

  /**
   * Name the page, in the window's title.
   *
   * @param {string} title
   */
  entitle(title) {
    document.title = title ? `${title} – blobhls` : "blobhls";
  }

  /**
   * Say in place of everything what went wrong; a server that comes back begins anew.
   *
   * @param {unknown} error
   */
  fail(error) {
    const away = statusOf(error) === 0;
    if (away) hear("open", () => this.isConnected && location.reload());
    this.replaceChildren(
      h(
        "div",
        { class: "message", role: "alert" },
        h("h1", {}, heading(statusOf(error))),
        h("p", {}, reasonOf(error)),
        away
          ? h("button", { type: "button", class: "button", "data-first": true, onclick: () => location.reload() }, "Try again")
          : h("a", { class: "button", href: "/", "data-first": true }, "Home"),
      ),
    );
    focusFirst(this);
  }
}

/** @param {number | undefined} status */
function heading(status) {
  if (status === 0) return "The server is away";
  return status === 404 ? "Not found" : "Something went wrong";
}
