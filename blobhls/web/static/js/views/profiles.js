/** `<profiles-view>`: who is watching? */
import * as api from "../api.js";
import { announce, h, icon } from "../dom.js";
import { View } from "../parts/view.js";
import { chooseProfile, profileId } from "../profile.js";
import { focusFirst, navigate } from "../router.js";

export class ProfilesView extends View {
  /** @override */
  keep = false;
  #list = h("ul", { class: "people" });
  #name = h("input", { type: "text", "aria-label": "Name of the new profile", placeholder: "New profile", maxlength: "50", required: true });

  async connectedCallback() {
    this.entitle("Who is watching?");
    /** @param {SubmitEvent} event */
    const add = async (event) => {
      event.preventDefault();
      await this.#try(async () => choose((await api.addProfile(this.#name.value.trim())).id));
    };
    this.append(
      h("h1", {}, "Who is watching?"),
      this.#list,
      h("form", { class: "newcomer", onsubmit: add }, this.#name, h("button", { class: "button" }, "Add")),
    );
    try {
      await this.#draw();
      focusFirst(this);
    } catch (error) {
      this.fail(error);
    }
  }

  async #draw() {
    const people = await api.profiles();
    this.#list.replaceChildren(...people.map((person) => this.#person(person)));
  }

  /** @param {Api.ProfileValue} profile */
  #person({ id, name }) {
    const ours = id === profileId();
    const remove = () =>
      this.#try(async () => {
        await api.removeProfile(id);
        if (ours) chooseProfile();
        await this.#draw();
        this.querySelector("[data-first]")?.focus();
      });
    return h(
      "li",
      {},
      h(
        "button",
        { type: "button", class: "person", "aria-pressed": String(ours), "data-first": ours, onclick: () => choose(id) },
        h("span", { class: "initial", "aria-hidden": "true" }, [...name][0]),
        name,
      ),
      id !== "default" &&
        h("button", { type: "button", class: "dismiss", "aria-label": `Remove ${name} and their history`, title: "Remove", onclick: remove }, icon("cross")),
    );
  }

  /** @param {() => Promise<void>} act */
  async #try(act) {
    try {
      await act();
    } catch (error) {
      announce(api.reasonOf(error));
      this.querySelector(".why")?.remove();
      this.append(h("p", { class: "why", role: "alert" }, api.reasonOf(error)));
    }
  }
}

/** @param {string} id */
function choose(id) {
  chooseProfile(id);
  navigate("/", { replace: true });
}

customElements.define("profiles-view", ProfilesView);
