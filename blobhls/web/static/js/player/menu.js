/** `<player-menu>`: a sheet of one menu or several. */
import { focusedIn, h } from "../dom.js";

export class PlayerMenu extends HTMLElement {
  /**
   * Open with these menus, as an engine's `choices()` has them; an option may have a `time` too.
   *
   * @param {Menu[]} menus
   */
  open(menus) {
    this.hidden = false;
    this.setAttribute("data-focus-scope", "");
    this.draw(menus);
    (this.querySelector("[aria-checked=true]") ?? this.querySelector("button"))?.focus();
  }

  close() {
    this.hidden = true;
    this.removeAttribute("data-focus-scope");
  }

  /**
   * Show others, with the focus where it was.
   *
   * @param {Menu[]} menus
   */
  draw(menus) {
    const focused = focusedIn(this)?.dataset.place;
    this.replaceChildren(...menus.map((menu) => this.#group(menu)));
    if (focused) this.querySelector(`[data-place="${CSS.escape(focused)}"]`)?.focus();
  }

  /** @param {Menu} menu */
  #group({ name, options, choose }) {
    const heading = h("h2", { id: `menu-${name}` }, name);
    const buttons = options.map(({ id, label, time, chosen }) =>
      h(
        "button",
        {
          type: "button",
          role: "radio",
          "aria-checked": String(chosen),
          "data-place": `${name} ${id}`,
          onclick: () => {
            choose(id);
            this.dispatchEvent(new CustomEvent("chosen", { detail: name }));
          },
        },
        time && [h("span", { class: "time" }, time), " "],
        label,
      ),
    );
    return h("div", { role: "radiogroup", "aria-labelledby": heading.id }, heading, ...buttons);
  }
}

customElements.define("player-menu", PlayerMenu);
