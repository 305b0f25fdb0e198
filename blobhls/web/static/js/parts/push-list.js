/** `<push-list>`: running pushes, and how the last ones ended. */
import { reasonOf } from "../api.js";
import { announce, h } from "../dom.js";
import { goesOn, pushes } from "../pushes.js";
import { bytes, count } from "../words.js";
import { copyButton } from "./copy-button.js";
import { refill } from "./refill.js";

class PushList extends HTMLElement {
  #list = h("ul", { class: "rows" });
  #draw = () => this.#fill();

  connectedCallback() {
    if (!this.firstChild) this.append(h("h2", { id: "pushing" }, "Pushing"), this.#list);
    this.setAttribute("aria-labelledby", "pushing");
    pushes.addEventListener("change", this.#draw);
    this.#fill();
  }

  disconnectedCallback() {
    pushes.removeEventListener("change", this.#draw);
  }

  #fill() {
    refill(this.#list, pushes.all, row);
    this.hidden = !pushes.all.length;
  }
}

/** @param {Api.PushValue} push */
function row(push) {
  const { id, title, server, done, total, url, uri } = push;
  const host = new URL(server).host;
  const name = `${title} to ${host}`;
  return h(
    "li",
    {},
    h(
      "span",
      { class: "words" },
      h("span", { class: "name" }, title, h("span", { class: "count" }, ` → ${host}`)),
      h("span", { class: push.state === "failed" ? "state bad" : "state" }, words(push)),
    ),
    h(
      "span",
      { class: "tools" },
      mainButton(push, name),
      uri && copyButton(`${id} ${server} uri`, `${name}: copy URI`, "Copy URI", uri),
      url && copyButton(`${id} ${server} url`, `${name}: copy URL`, "Copy URL", url),
    ),
    goesOn(push) && h("progress", { "aria-label": `${name}: pushing`, max: total || 1, value: total ? done : false }),
  );
}

/** @param {Api.PushValue} push @param {string} name */
function mainButton(push, name) {
  if (push.state === "done") return false;
  const stops = goesOn(push);
  const press = () => (stops ? pushes.stop(push) : pushes.start(push.id, push.server)).catch((error) => announce(reasonOf(error)));
  const label = stops ? "Stop" : "Try again";
  return h(
    "button",
    { type: "button", class: "button", "aria-label": `${name}: ${label.toLowerCase()}`, "data-place": `${push.id} ${push.server}`, onclick: press },
    label,
  );
}

/** @param {Api.PushValue} push */
function words({ state, done, total, uploaded, mirrored, bytes: sent, problem }) {
  const size = sent ? `, ${bytes(sent)}` : "";
  switch (state) {
    case "waiting":
      return "waits for its turn";
    case "sealing":
      return `is sealed first: ${done} of ${count(total, "segment")}`;
    case "sending":
      return `${done} of ${count(total, "blob")}${size}`;
    case "done":
      return uploaded + mirrored ? `is there: ${count(total, "blob")}${size} sent` : "was there already";
    case "cancelled":
      return "stopped; what has come stays there";
    default:
      return problem;
  }
}

customElements.define("push-list", PushList);
