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
const NEWEST = 20; // titles that were added last

export class HomeView extends View {
  #begun = titleRow("begun", "Continue watching");
  #next = titleRow("next", "Next up");
  #added = titleRow("added", "Recently added");
  #movies = titleRow("movies", "Movies");
  #series = titleRow("series", "Series");
  #nothing = nothingYet();
  #draw = () => this.#fillTitles().catch(() => {});

  connectedCallback() {
    this.entitle("");
    catalogue.addEventListener("change", this.#draw);
    if (this.firstChild) return;
    this.append(
      h("h1", { class: "unseen" }, "Home"),
      this.#begun,
      this.#next,
      this.#added,
      this.#movies,
      this.#series,
      this.#nothing,
    );
    this.#fill();
  }

  disconnectedCallback() {
    catalogue.removeEventListener("change", this.#draw);
  }

  /** The view is shown again, perhaps after playback. */
  returned() {
    this.#fillWatched().catch(() => {});
    this.#draw(); // titles may have been added meanwhile
  }

  async #fill() {
    try {
      // Everything is requested at once, and what was begun is drawn first: rows that appear above
      // others would push them down.
      const watched = this.#fillWatched();
      await Promise.all([watched, this.#fillTitles(watched)]);
      focusFirst(this);
    } catch (error) {
      this.fail(error);
    }
  }

  async #readWatched() {
    try {
      return await Promise.all([api.continueWatching(), api.nextUp()]);
    } catch (error) {
      // The profile that this device had chosen was removed.
      if (api.statusOf(error) !== 404 || !isSomebody()) throw error;
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

  /** @param {Api.HistoryItem} item */
  #dismissable(item) {
    const dismiss = async () => {
      await api.dismiss(item.show_id).catch((error) => announce(api.reasonOf(error)));
      await this.#fillWatched();
      focusFirst(this);
    };
    const name = `Dismiss ${item.show_title}`;
    const button = h("button", { type: "button", class: "dismiss", "aria-label": name, title: name, onclick: dismiss }, icon("cross"));
    return [watchCard(item), button];
  }

  /**
   * Show what there is, not before `earlier` is done.
   *
   * @param {Promise<void>} [earlier]
   */
  async #fillTitles(earlier) {
    const [added, movies, series] = await Promise.all([
      api.shows({ sort: "added", limit: NEWEST }),
      api.shows({ kind: "movie", limit: MOST }),
      api.shows({ kind: "series", limit: MOST }),
      earlier,
    ]);
    this.#added.fill(added.shows.map((show) => posterCard(show)));
    this.#movies.fill(firstCards(movies, "/movies"));
    this.#series.fill(firstCards(series, "/series"));
    this.#nothing.hidden = added.total > 0;
    this.querySelector("title-row:not([hidden]) a, .message:not([hidden]) a")?.setAttribute("data-first", "");
  }
}

function nothingYet() {
  return h(
    "div",
    { class: "message", hidden: true },
    h("h2", {}, "Nothing to watch yet"),
    h("p", {}, "Titles appear here as soon as their files are found."),
    h("a", { class: "button", href: "/operator" }, "See what was found"),
  );
}

/**
 * Cards of the first titles, and one for all where there are more.
 *
 * @param {{ shows: Show[], total: number }} page
 * @param {string} path
 */
function firstCards({ shows, total }, path) {
  const cards = shows.map((show) => posterCard(show));
  return total > shows.length ? [...cards, allCard(path, total)] : cards;
}

/** @param {string} path @param {number} total */
function allCard(path, total) {
  return h(
    "a",
    { class: "card poster all", href: path },
    h("span", { class: "frame" }, h("span", {}, `All ${count(total, "title")}`)),
  );
}

customElements.define("home-view", HomeView);

export const makeHome = () => h("home-view");
