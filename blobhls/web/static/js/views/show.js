/** `<show-view>`: one movie, or a series with its seasons and episodes. */
import * as api from "../api.js";
import { h, icon, picture } from "../dom.js";
import { progressBar } from "../parts/cards.js";
import { View } from "../parts/view.js";
import { warmUp } from "../player/engine.js";
import { focusFirst } from "../router.js";
import { clock, count, duration, seasonName } from "../words.js";

class ShowView extends View {
  #season;
  #watched = new Map(); // video_id → progress

  async connectedCallback() {
    if (this.show) {
      this.entitle(this.show.info.title);
      return;
    }
    try {
      [this.show] = await Promise.all([api.show(this.dataset.id), this.#readHistory()]);
    } catch (error) {
      this.fail(error);
      return;
    }
    this.entitle(this.show.info.title);
    this.#draw();
    focusFirst(this);
    warmUp();
    // Opening looks into the file; done now, the player need not wait for it.
    api.video(this.#current().id).then((video) => this.#describe(video), () => {});
  }

  /** Somebody came back, perhaps from watching. */
  async returned() {
    await this.#readHistory().catch(() => {});
    const focused = document.activeElement?.getAttribute("href");
    this.#draw();
    [...this.querySelectorAll("a")].find((a) => a.getAttribute("href") === focused)?.focus();
    focusFirst(this);
  }

  async #readHistory() {
    const items = await api.history(1000);
    this.#watched = new Map(items.map((item) => [item.id, item.progress]));
  }

  #episodes() {
    return this.show.episodes ?? [{ id: this.show.info.id, index: "", title: this.show.info.title, duration: this.show.duration }];
  }

  /** The video that Play plays: the one begun last, the one after it, or the first. */
  #current() {
    const episodes = this.#episodes();
    const latest = episodes
      .filter(({ id }) => this.#watched.has(id))
      .sort((a, b) => this.#watched.get(b.id).updated_at - this.#watched.get(a.id).updated_at)[0];
    if (!latest) return episodes.find((episode) => episode.season !== 0) ?? episodes[0];
    if (!this.#watched.get(latest.id).finished) return latest;
    return episodes[episodes.indexOf(latest) + 1] ?? episodes[0];
  }

  #draw() {
    const { info, year, kind } = this.show;
    const episodes = this.#episodes();
    const facts = [year, kind === "series" ? count(episodes.length, "episode") : duration(episodes[0].duration)];
    const current = this.#current();
    this.#season ??= current.season;
    this.replaceChildren(
      h("div", { class: "banner", "aria-hidden": "true" }, picture(info.banner, { eager: true })),
      h(
        "header",
        { class: "about" },
        h("div", { class: "poster frame" }, picture(info.thumbnail, { eager: true })),
        h(
          "div",
          { class: "words" },
          h("h1", {}, info.title),
          h("p", { class: "facts" }, facts.filter(Boolean).join(" · ")),
          this.#actions(current),
          h("p", { class: "tracks" }),
        ),
      ),
      kind === "series" ? this.#seasons() : "",
    );
  }

  #actions(current) {
    const progress = this.#watched.get(current.id);
    const resumes = progress && !progress.finished && progress.position > 0;
    const name = current.index ? ` ${current.index}` : "";
    const words = resumes ? `Resume${name} at ${clock(progress.position)}` : `Play${name}`;
    const path = `/watch/${encodeURIComponent(current.id)}`;
    return h(
      "div",
      { class: "actions" },
      h("a", { class: "button main", href: path, "data-first": true }, icon("play"), words),
      resumes && h("a", { class: "button", href: `${path}?from=0` }, "From the start"),
      this.show.kind === "movie" && this.#seenButton(current),
    );
  }

  #seenButton(video) {
    const seen = Boolean(this.#watched.get(video.id)?.finished);
    const change = async () => {
      await (seen ? api.forgetProgress(video.id) : api.saveProgress(video.id, video.duration));
      await this.returned();
    };
    const name = video.index ? `${video.index} ${video.title}` : video.title;
    return h(
      "button",
      { type: "button", class: "button seen", "aria-pressed": String(seen), "aria-label": `${name}: seen`, onclick: change, disabled: video.duration == null },
      icon("check"),
      "Seen",
    );
  }

  #seasons() {
    const seasons = [...new Set(this.show.episodes.map((episode) => episode.season))];
    const list = h("ul", { class: "episodes" });
    const fill = () => {
      const shown = this.show.episodes.filter((episode) => episode.season === this.#season);
      list.replaceChildren(...shown.map((episode) => this.#episode(episode)));
    };
    const choose = (event, season) => {
      this.#season = season;
      for (const tab of event.currentTarget.parentElement.children) {
        tab.setAttribute("aria-pressed", String(tab === event.currentTarget));
      }
      fill();
    };
    const tabs = seasons.map((season) =>
      h(
        "button",
        { type: "button", class: "button tab", "aria-pressed": String(season === this.#season), onclick: (event) => choose(event, season) },
        seasonName(season),
      ),
    );
    fill();
    const heading = seasons.length > 1 ? h("div", { class: "tabs", role: "group", "aria-label": "Seasons" }, ...tabs) : "";
    return h("section", { "aria-label": "Episodes" }, heading, list);
  }

  #episode(episode) {
    const progress = this.#watched.get(episode.id);
    const frame = h("span", { class: "frame" }, picture(episode.thumbnail));
    if (progress && !progress.finished) frame.append(progressBar(progress.position / (progress.duration || 1)));
    return h(
      "li",
      {},
      h(
        "a",
        { class: "episode", href: `/watch/${encodeURIComponent(episode.id)}` },
        frame,
        h(
          "span",
          { class: "words" },
          h("span", { class: "name" }, [episode.episode, episode.title].filter((part) => part != null).join(". ")),
          h("span", { class: "note" }, duration(episode.duration)),
        ),
      ),
      this.#seenButton(episode),
    );
  }

  #describe(video) {
    const { renditions } = video;
    const best = Math.max(...renditions.map((rendition) => rendition.height ?? 0));
    const languages = (kind) => [...new Set(renditions.filter((r) => r.kind === kind).map((r) => r.title || r.language || "unnamed"))];
    const subtitles = languages("subtitles");
    const facts = [best && `${best}p`, subtitles.length && `Subtitles: ${subtitles.join(", ")}`];
    const line = this.querySelector(".tracks");
    if (line) line.textContent = facts.filter(Boolean).join(" · ");
  }
}

customElements.define("show-view", ShowView);

export const makeShow = (id) => h("show-view", { "data-id": id });
