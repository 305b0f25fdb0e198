/** `<show-view>`: one movie, or a series with its seasons and episodes. */
import * as api from "../api.js";
import { announce, focusedIn, h, icon, picture } from "../dom.js";
import { extraCard } from "../parts/cards.js";
import { episodeList, seenButton } from "../parts/episodes.js";
import { titleRow } from "../parts/title-row.js";
import { View } from "../parts/view.js";
import { warmUp } from "../player/engine.js";
import { focusFirst } from "../router.js";
import { currentOf, episodesOf } from "../sequence.js";
import { clock, count, duration, language } from "../words.js";

export class ShowView extends View {
  /** @type {Show | null} */
  #show = null;
  /** @type {number | null | undefined} */
  #season;
  /** @type {Api.ShowProgressValue} */
  #progress = { watched: 0, total: 0, next: null, videos: {} };
  #tracks = h("p", { class: "tracks" });

  async connectedCallback() {
    if (this.#show) {
      this.entitle(this.#show.info.title);
      return;
    }
    let show;
    try {
      [show] = await Promise.all([api.show(this.#id), this.#readProgress()]);
    } catch (error) {
      this.fail(error);
      return;
    }
    this.#show = show;
    if (!this.isConnected) return;
    this.entitle(show.info.title);
    this.#draw();
    focusFirst(this);
    this.#prepare(show);
  }

  get #id() {
    return this.dataset.id ?? "";
  }

  /** The view is shown again, perhaps after playback. */
  async returned() {
    await this.#readProgress().catch(() => {});
    this.#draw();
  }

  async #readProgress() {
    this.#progress = await api.showProgress(this.#id);
  }

  /**
   * Show what a request that changes the history answers.
   *
   * @param {Promise<Api.ShowProgressValue>} request
   */
  async #change(request) {
    try {
      this.#progress = await request;
      this.#draw();
    } catch (error) {
      announce(api.reasonOf(error));
    }
  }

  /**
   * Have the server look into the file and the browser load the player, before Play is pressed.
   *
   * @param {Show} show
   */
  async #prepare(show) {
    warmUp();
    try {
      const { renditions } = await api.video(currentOf(show, this.#progress.next).id);
      this.#tracks.textContent = describe(renditions);
    } catch (error) {
      this.#tracks.textContent = `It can’t be played: ${api.reasonOf(error)}`;
    }
  }

  #draw() {
    const show = this.#show;
    if (!show) return;
    const { info, artwork } = show;
    const current = currentOf(show, this.#progress.next);
    this.#season ??= current.episode.season;
    const focused = focusMark(this);
    this.replaceChildren(
      h("div", { class: "banner", "aria-hidden": "true" }, picture(artwork?.backdrop ?? info.banner, { sizes: "100vw", eager: true })),
      h(
        "header",
        { class: "about" },
        h("div", { class: "poster frame" }, picture(info.thumbnail, { sizes: "max(6.5rem, 17vw)", eager: true })),
        h(
          "div",
          { class: "words" },
          h("h1", { dir: "auto" }, info.title, artwork?.logo && picture(artwork.logo, { sizes: "26rem", eager: true })),
          h("p", { class: "facts" }, this.#facts(show)),
          this.#actions(show, current),
          this.#tracks,
        ),
      ),
      this.#story(show),
      show.kind === "series" ? this.#episodes(show) : "",
      this.#extras(show),
    );
    if (focused) this.querySelector(focused)?.focus({ preventScroll: true });
  }

  /** @param {Show} show */
  #facts(show) {
    const { year, kind, details } = show;
    const episodes = episodesOf(show);
    return [
      year,
      kind === "series" ? count(episodes.length, "episode") : duration(episodes[0].versions?.[0]?.duration ?? episodes[0].duration),
      details?.certificate,
      details?.rating && `★ ${details.rating.toFixed(1)}`,
      details?.genres.slice(0, 3).join(", "),
    ]
      .filter(Boolean)
      .join(" · ");
  }

  /** @param {Show} show @param {{ id: string, episode: Playable }} current */
  #actions({ info }, { id, episode }) {
    const { videos, watched, total } = this.#progress;
    const resume = videos[id]?.resume;
    const name = episode.index ? ` ${episode.index}` : "";
    const words = resume ? `Resume${name} at ${clock(resume)}` : `Play${name}`;
    const others = (episode.versions ?? []).filter((version) => version.id !== id);
    /** @param {boolean} seen */
    const mark = (seen) => this.#change(api.markShow(info.id, null, seen));
    return h(
      "div",
      { class: "actions" },
      h("a", { class: "button main", href: watchPath(id), "data-first": true }, icon("play"), words),
      resume && h("a", { class: "button", href: `${watchPath(id)}?from=0` }, "From the start"),
      others.length > 0 && others.map((other) => h("a", { class: "button", href: watchPath(other.id) }, other.label || "Other version")),
      seenButton(info.title, total > 0 && watched === total, mark),
    );
  }

  /** @param {Show} show */
  #story({ details }) {
    if (!details) return "";
    const { tagline, plot, directors, actors } = details;
    const people = [
      directors.length && `Directed by ${directors.join(", ")}`,
      actors.length && `With ${actors.slice(0, 5).map((actor) => actor.name).join(", ")}`,
    ];
    return h(
      "section",
      { class: "story", "aria-label": "Story" },
      tagline && h("p", { class: "tagline", dir: "auto" }, tagline),
      plot && h("p", { dir: "auto" }, plot),
      people.filter(Boolean).map((line) => h("p", { class: "credits" }, line)),
    );
  }

  /** @param {Api.SeriesValue} show */
  #episodes(show) {
    return episodeList(show, this.#season, this.#progress.videos, {
      choose: (season) => {
        this.#season = season;
        this.#draw();
      },
      mark: (videoId, seen) =>
        this.#change(videoId ? api.markVideo(videoId, seen) : api.markShow(show.info.id, this.#season, seen)),
    });
  }

  /** @param {Show} show */
  #extras({ extras, info }) {
    if (!extras.length) return "";
    const row = titleRow("extras", "Extras");
    row.fill(extras.map((extra) => extraCard(extra, info.banner)));
    return row;
  }
}

/** @param {string} videoId */
function watchPath(videoId) {
  return `/watch/${encodeURIComponent(videoId)}`;
}

/**
 * A selector of the focused element within `view`, to find it after everything was drawn again.
 *
 * @param {Element} view
 */
function focusMark(view) {
  const focused = focusedIn(view);
  if (!focused) return null;
  if (focused.matches(".main")) return ".main";
  for (const name of ["href", "data-place"]) {
    const value = focused.getAttribute(name);
    if (value != null) return `[${name}="${CSS.escape(value)}"]`;
  }
  return null;
}

/**
 * Say in a line what a video has: `1080p · Audio: English · Subtitles: English, German`.
 *
 * @param {Api.RenditionValue[]} renditions
 */
function describe(renditions) {
  const best = Math.max(0, ...renditions.map(({ height }) => height ?? 0));
  /** @param {string} kind */
  const named = (kind) => {
    const tracks = renditions.filter((rendition) => rendition.kind === kind);
    return [...new Set(tracks.map((r) => r.title || language(r.language)).filter(Boolean))].join(", ");
  };
  const [audio, subtitles] = [named("audio"), named("subtitles")];
  return [best && `${best}p`, audio && `Audio: ${audio}`, subtitles && `Subtitles: ${subtitles}`]
    .filter(Boolean)
    .join(" · ");
}

customElements.define("show-view", ShowView);

/** @param {string} id */
export const makeShow = (id) => h("show-view", { "data-id": id });
