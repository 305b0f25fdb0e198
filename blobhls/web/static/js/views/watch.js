/** `<watch-view>`: one video in the player, with what comes before and after it. */
import * as api from "../api.js";
import { h } from "../dom.js";
import { View } from "../parts/view.js";
import { keepProgress } from "../player/keeper.js";
import "../player/player.js";
import { forgetSystem, tellSystem } from "../player/session.js";
import { back, navigate } from "../router.js";
import { placeOf } from "../sequence.js";

class WatchView extends View {
  keep = false;
  #player = h("video-player");
  #stop = () => {};

  async connectedCallback() {
    this.entitle("Opening");
    this.append(this.#player);
    this.#player.addEventListener("failed", ({ detail }) => this.#explain(detail));
    this.#player.addEventListener("chosen", () => this.#remember());
    try {
      this.details = await api.video(this.dataset.id);
      this.show = await api.show(this.details.show_id);
      if (this.isConnected) await this.#play();
    } catch (error) {
      this.fail(error);
    }
  }

  disconnectedCallback() {
    this.#stop();
    forgetSystem();
  }

  async #play() {
    const { details, show } = this;
    const { episode, part, parts, previous, next } = placeOf(show, details.id);
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
    this.#tellSystem(show.kind === "series" ? episode : null, subtitle, neighbours);
    await this.#player.play({
      url: details.master,
      previews: new URL("previews.vtt", new URL(details.master, location.href)).pathname,
      chapters: details.chapters,
      start: this.#start(),
      title: show.info.title,
      subtitle,
      wanted: details.choices,
      neighbours,
      nextEpisode: next?.episode,
    });
  }

  #start() {
    const asked = new URLSearchParams(location.search).get("from");
    if (asked != null) return Number(asked) || 0;
    return this.details.progress?.resume ?? 0;
  }

  #tellSystem(episode, subtitle, { previous, next }) {
    const { video } = this.#player;
    const { info } = this.show;
    tellSystem(
      { title: episode ? subtitle : info.title, artist: episode ? info.title : "", artwork: episode?.thumbnail ?? info.thumbnail },
      {
        play: () => video.play(),
        pause: () => video.pause(),
        seekbackward: ({ seekOffset }) => this.#player.seek(video.currentTime - (seekOffset ?? 10)),
        seekforward: ({ seekOffset }) => this.#player.seek(video.currentTime + (seekOffset ?? 10)),
        seekto: ({ seekTime }) => this.#player.seek(seekTime),
        previoustrack: previous,
        nexttrack: next,
      },
    );
  }

  // For the whole show: who watches the next episode wants the same languages.
  #remember() {
    api.saveChoices(this.details.id, this.#player.languages()).catch(() => {});
  }

  /** The player gave up. What the server says about the part that failed is the reason. */
  async #explain({ url, status }) {
    const error = { message: status ? `The server answered ${status}.` : "The browser can’t decode it." };
    if (url) {
      const answer = await fetch(url).catch(() => null);
      if (!answer) Object.assign(error, { status: 0, message: "The server can’t be reached." });
      else if (!answer.ok) error.message = (await answer.json().catch(() => ({}))).detail ?? error.message;
    }
    if (this.isConnected) this.fail(error);
  }

  fail(error) {
    this.#stop();
    if (error.status === 0) {
      super.fail(error);
      return;
    }
    this.entitle("Can’t be played");
    this.replaceChildren(
      h(
        "div",
        { class: "message", role: "alert" },
        h("h1", {}, "This can’t be played"),
        h("p", {}, error.message),
        h("button", { type: "button", class: "button main", "data-first": true, onclick: back }, "Back"),
      ),
    );
    this.querySelector("button").focus();
  }
}

customElements.define("watch-view", WatchView);

export const makeWatch = (id) => h("watch-view", { "data-id": id });
