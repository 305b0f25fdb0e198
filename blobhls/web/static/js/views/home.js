/** `<home-view>`: what was begun, what comes next, and what else there is. */
import * as api from "../api.js";
import { catalogue } from "../catalogue.js";
import { announce, h, icon } from "../dom.js";
import { posterCard, watchCard } from "../parts/cards.js";
import { titleRow } from "../parts/title-row.js";
import { View } from "../parts/view.js";
import { chooseProfile, isSomebody } from "../profile.js";
import { focusFirst } from "../router.js";
import { count } from "../words.js";

const MOST = 24; // cards in a row of titles; the rest is a page of its own

class HomeView extends View {
  #begun = titleRow("begun", "Continue watching");
  #next = titleRow("next", "Next up");
  #movies = titleRow("movies", "Movies");
  #series = titleRow("series", "Series");
  #draw = () => this.#fillTitles();

  connectedCallback() {
    this.entitle("");
    catalogue.addEventListener("change", this.#draw);
    if (this.firstChild) return;
    this.append(
      h("h1", { class: "unseen" }, "Home"),
      this.#begun,
      this.#next,
      this.#movies,
      this.#series,
    );
    this.#fill();
  }

  disconnectedCallback() {
    catalogue.removeEventListener("change", this.#draw);
  }

  /** Somebody came back, perhaps from watching. */
  returned() {
    this.#fillWatched().catch(() => {});
  }

  async #fill() {
    try {
      // Both, before anything is drawn: rows that appear above others would push them down.
      const [, titles] = await Promise.all([this.#fillWatched(), firstTitles()]);
      if (titles === 0) this.#welcome();
      this.#fillTitles();
      focusFirst(this);
    } catch (error) {
      this.fail(error);
    }
  }

  async #readWatched() {
    try {
      return await Promise.all([api.continueWatching(), api.nextUp()]);
    } catch (error) {
      // Somebody removed the profile that this device had chosen.
      if (error.status !== 404 || !isSomebody()) throw error;
      chooseProfile();
      return Promise.all([api.continueWatching(), api.nextUp()]);
    }
  }

  async #fillWatched() {
    const [begun, next] = await this.#readWatched();
    this.#begun.fill(begun.map((item) => this.#dismissable(item)));
    this.#next.fill(next.map((item) => this.#dismissable(item)));
    this.querySelector("a")?.setAttribute("data-first", "");
  }

  #dismissable(item) {
    const dismiss = async () => {
      await api.dismiss(item.show_id).catch((error) => announce(error.message));
      await this.#fillWatched();
      focusFirst(this);
    };
    const name = `Dismiss ${item.show_title}`;
    const button = h("button", { type: "button", class: "dismiss", "aria-label": name, title: name, onclick: dismiss }, icon("cross"));
    return [watchCard(item), button];
  }

  #fillTitles() {
    for (const [row, kind, path] of [
      [this.#movies, "movie", "/movies"],
      [this.#series, "series", "/series"],
    ]) {
      const shows = catalogue.ofKind(kind);
      const cards = shows.slice(0, MOST).map((show) => posterCard(show));
      if (shows.length > MOST) cards.push(allCard(path, shows.length));
      row.fill(cards);
    }
    this.querySelector("title-row:not([hidden]) a")?.setAttribute("data-first", "");
  }

  #welcome() {
    this.append(
      h(
        "div",
        { class: "message" },
        h("h2", {}, "Nothing to watch yet"),
        h("p", {}, "Titles appear here as soon as their files are found."),
        h("a", { class: "button", href: "/operator", "data-first": true }, "See what was found"),
      ),
    );
  }
}

/** Wait until the first titles are known; the others follow. Returns how many there are so far. */
async function firstTitles() {
  const loading = catalogue.load();
  if (!catalogue.size) {
    const first = new Promise((done) => catalogue.addEventListener("change", done, { once: true }));
    await Promise.race([first, loading]);
  }
  return catalogue.size;
}

function allCard(path, total) {
  return h(
    "a",
    { class: "card poster all", href: path },
    h("span", { class: "frame" }, h("span", {}, `All ${count(total, "title")}`)),
  );
}

customElements.define("home-view", HomeView);

export const makeHome = () => h("home-view");
