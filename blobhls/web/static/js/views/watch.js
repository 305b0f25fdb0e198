/** `<watch-view>`: one video in the player, with what comes before and after it. */
import * as api from "../api.js";
import { h } from "../dom.js";
import { View } from "../parts/view.js";
import { keepProgress } from "../player/keeper.js";
import "../player/player.js";
import { forgetSystem, tellSystem } from "../player/session.js";
import { back, navigate } from "../router.js";
import { placeOf } from "../sequence.js";

export class WatchView extends View {
  /** @override */
  keep = false;
  #player = h("video-player");
  #stop = () => {};
  /** @type {Api.VideoValue | null} */
  #details = null;

  async connectedCallback() {
    this.entitle("Opening");
    this.append(this.#player);
    this.#player.addEventListener("failed", (event) => this.#explain(/** @type {CustomEvent<Failure>} */ (event).detail));
    this.#player.addEventListener("chosen", () => this.#remember());
    try {
      const details = await api.video(this.dataset.id ?? "");
      this.#details = details;
      const show = await api.show(details.show_id);
      if (this.isConnected) await this.#play(details, show);
    } catch (error) {
      this.fail(error);
    }
  }

  disconnectedCallback() {
    this.#stop();
    forgetSystem();
  }

  /** @param {Api.VideoValue} details @param {Show} show */
  async #play(details, show) {
    const { episode, part, parts, previous, next } = placeOf(show, details.id);
    /** @param {Place["next"]} other */
    const goTo = (other) =>
      other && (() => navigate(`/watch/${encodeURIComponent(other.id)}`, { replace: true }));
    const neighbours = { previous: goTo(previous), next: goTo(next) };
    const subtitle = [
      episode ? episode.index : details.title,
      show.kind === "series" ? episode?.title : show.year,
      parts > 1 && `Part ${part + 1} of ${parts}`,
    ]
      .filter(Boolean)
      .join(" · ");
    this.entitle([show.info.title, subtitle].filter(Boolean).join(" – "));
    this.#stop = keepProgress(this.#player.video, details.id);
    this.#tellSystem(show, show.kind === "series" ? episode : null, subtitle, neighbours);
    await this.#player.play({
      url: details.master,
      previews: new URL("previews.vtt", new URL(details.master, location.href)).pathname,
      chapters: details.chapters,
      start: startOf(details),
      title: show.info.title,
      subtitle,
      wanted: details.choices,
      neighbours,
      nextEpisode: next?.episode,
    });
  }

  /** @param {Show} show @param {Playable | null} episode @param {string} subtitle @param {Neighbours} neighbours */
  #tellSystem({ info }, episode, subtitle, { previous, next }) {
    const { video } = this.#player;
    tellSystem(
      { title: episode ? subtitle : info.title, artist: episode ? info.title : "", artwork: episode?.thumbnail ?? info.thumbnail },
      {
        play: () => video.play(),
        pause: () => video.pause(),
        seekbackward: ({ seekOffset }) => this.#player.seek(video.currentTime - (seekOffset ?? 10)),
        seekforward: ({ seekOffset }) => this.#player.seek(video.currentTime + (seekOffset ?? 10)),
        seekto: ({ seekTime }) => this.#player.seek(seekTime ?? video.currentTime),
        previoustrack: previous,
        nexttrack: next,
      },
    );
  }

  // For the whole show: the next episode starts with the same languages.
  #remember() {
    if (this.#details) api.saveChoices(this.#details.id, this.#player.languages()).catch(() => {});
  }

  /**
   * The player gave up. What the server says about the part that failed is the reason.
   *
   * @param {Failure} failure
   */
  async #explain({ url, status }) {
    let error = new api.ApiError(undefined, status ? `The server answered ${status}.` : "The browser can’t decode it.");
    if (url) {
      const answer = await fetch(url).catch(() => null);
      if (!answer) error = new api.ApiError(0, "The server can’t be reached.");
      else if (!answer.ok) error.message = (await answer.json().catch(() => ({}))).detail ?? error.message;
    }
    if (this.isConnected) this.fail(error);
  }

  /** @override @param {unknown} error */
  fail(error) {
    this.#stop();
    if (api.statusOf(error) === 0) {
      super.fail(error);
      return;
    }
    this.entitle("Can’t be played");
    const button = h("button", { type: "button", class: "button main", "data-first": true, onclick: back }, "Back");
    this.replaceChildren(
      h(
        "div",
        { class: "message", role: "alert" },
        h("h1", {}, "This can’t be played"),
        h("p", {}, api.reasonOf(error)),
        button,
      ),
    );
    button.focus();
  }
}

/**
 * Where to begin, in seconds.
 *
 * @param {Api.VideoValue} details
 */
function startOf(details) {
  const asked = new URLSearchParams(location.search).get("from");
  if (asked != null) return Number(asked) || 0;
  return details.progress?.resume ?? 0;
}

customElements.define("watch-view", WatchView);

/** @param {string} id */
export const makeWatch = (id) => h("watch-view", { "data-id": id });
