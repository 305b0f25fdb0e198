/**
 * `<video-player>`: the video with its controls, for keys, touch and a mouse.
 *
 * media-chrome draws the controls and hides them again; keys and menus are ours, since a remote
 * control has arrows, Enter and Back and nothing else.
 */
import { announce, h, icon } from "../dom.js";
import { back } from "../router.js";
import { moveFocus } from "../spatial.js";
import { chapterMenu, markChapters } from "./chapters.js";
import { commandOf } from "./commands.js";
import { liftCues } from "./cues.js";
import { loadControls, openEngine } from "./engine.js";
import "./menu.js";
import "./next-card.js";
import { addPreviews } from "./previews.js";
import { touchButtons, wakeFirst } from "./touch.js";

const STEP = 10; // seconds that an arrow seeks
const HIDE_AFTER = "3"; // seconds without a key or a pointer
const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2];
const NEVER = "-1";

export class VideoPlayer extends HTMLElement {
  /** @type {Engine | null} */
  #engine = null;
  /** @param {KeyboardEvent} event */
  #listenToKeys = (event) => this.#press(event);
  #goesOn = false; // the next video is a part of this one: it plays without a question
  /** @type {number | null} */
  #subtitlesBefore = null; // id of the track that `c` turns on again
  /** @type {Api.ChapterValue[]} */
  #chapters = [];
  /** @type {HTMLElement | null} */
  #opener = null; // the button that opened the menu
  /** @type {Neighbours} */
  #neighbours = {};

  video = h("video", { slot: "media", playsinline: true });
  #menu = h("player-menu", { hidden: true, noautohide: true, "aria-label": "Settings", role: "group" });
  #next = h("next-card", { hidden: true, noautohide: true, role: "group", "aria-label": "Next episode" });
  #title = h("div", { class: "playing" });
  #surface = h("media-controller", {
    nohotkeys: true,
    autohide: HIDE_AFTER,
    tabindex: "0",
    "aria-label": "Video. Left and right seek, up and down show the controls.",
  });
  #playButton = h("media-play-button", { notooltip: true });
  #previous = control("previous", "Previous episode (P)", "previous", () => this.#neighbours.previous?.());
  #following = control("next", "Next episode (N)", "next", () => this.#neighbours.next?.());
  #chaptersButton = control("chapters", "Chapters", "chapters", ({ currentTarget }) => this.#toggleMenu(currentTarget));
  #fullscreen = h("media-fullscreen-button", { notooltip: true });
  #timeRange = h(
    "media-time-range",
    {},
    h("media-preview-thumbnail", { slot: "preview" }),
    h("media-preview-chapter-display", { slot: "preview" }),
    h("media-preview-time-display", { slot: "preview" }),
  );

  connectedCallback() {
    if (!this.firstChild) this.#build();
    document.addEventListener("keydown", this.#listenToKeys, true);
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.#listenToKeys, true);
    this.#engine?.destroy();
  }

  /**
   * Play. `neighbours` are `{previous, next}`: functions that go there, missing at an end;
   * `nextEpisode` is offered before this one ends.
   *
   * @param {{ url: string, previews: string, chapters: Api.ChapterValue[], start: number, title: string, subtitle: string,
   *   wanted: Api.ChoicesValue, neighbours: Neighbours, nextEpisode?: Playable | null }} what
   */
  async play({ url, previews, chapters, start, title, subtitle, wanted, neighbours, nextEpisode }) {
    this.#neighbours = neighbours;
    this.#title.replaceChildren(h("strong", {}, title), h("span", {}, subtitle));
    this.#previous.hidden = !neighbours.previous;
    this.#following.hidden = !neighbours.next;
    this.#goesOn = !nextEpisode;
    this.#chapters = chapters;
    this.#chaptersButton.hidden = chapters.length < 2;
    if (nextEpisode) this.#next.offer(nextEpisode, () => neighbours.next?.());
    const [controls, engine] = await Promise.all([
      loadControls(),
      openEngine(this.video, url, start, wanted),
    ]);
    // Without media-chrome nothing draws our controls; the browser has its own.
    this.video.controls = !controls;
    if (!this.isConnected) {
      engine.destroy();
      return;
    }
    this.#engine = engine;
    engine.addEventListener("change", () => this.#menu.hidden || this.#menu.draw(this.#menus()));
    engine.addEventListener("failed", (event) => this.#passOn(event));
    // hls.js empties all tracks when it begins.
    this.video.addEventListener("loadedmetadata", () => markChapters(this.video, chapters), { once: true });
    this.video.addEventListener("playing", () => addPreviews(this.video, previews), { once: true });
    this.#surface.focus();
    // Refused after a reload, before any input: then the viewer presses Play.
    await this.video.play().catch(() => this.#playButton.focus());
  }

  /** The current languages, to be stored as the viewer's choice. */
  languages() {
    return this.#engine?.languages() ?? {};
  }

  /** @param {number} seconds */
  seek(seconds) {
    const { video } = this;
    if (video.readyState === 0) return;
    // Just before the end: at the end itself nothing is left to decide.
    video.currentTime = Math.min(Math.max(0, seconds), Math.max(0, video.duration - 0.5));
  }

  #build() {
    this.#surface.append(
      this.video,
      h("media-loading-indicator", { slot: "centered-chrome", noautohide: true }),
      h("div", { slot: "top-chrome", class: "above" }, control("leave", "Back", "back", back), this.#title),
      this.#next,
      this.#menu,
      h(
        "div",
        { class: "below" },
        this.#timeRange,
        h(
          "div",
          { class: "controls" },
          this.#playButton,
          this.#previous,
          this.#following,
          h("media-mute-button", { notooltip: true }),
          h("media-volume-range"),
          h("media-time-display", { showduration: true, notoggle: true }),
          h("span", { class: "spacer" }),
          this.#chaptersButton,
          control("settings", "Settings", "settings", ({ currentTarget }) => this.#toggleMenu(currentTarget)),
          h("media-pip-button", { notooltip: true }),
          this.#fullscreen,
        ),
      ),
      touchButtons(STEP),
    );
    this.append(this.#surface);
    this.#listen();
  }

  #listen() {
    const { video } = this;
    wakeFirst(this.#surface);
    liftCues(this.#surface, video, this.#timeRange);
    video.addEventListener("timeupdate", () => this.#next.follow(video.currentTime, video.duration));
    video.addEventListener("ended", () => this.#end());
    this.#next.addEventListener("refused", () => this.#surface.focus());
    this.#menu.addEventListener("chosen", (event) => {
      if (/** @type {CustomEvent<string>} */ (event).detail === "Chapters") this.#closeMenu();
      else this.#menu.draw(this.#menus());
      this.#passOn(event);
    });
    this.#surface.addEventListener("userinactivechange", (event) => {
      const inactive = /** @type {CustomEvent<boolean>} */ (event).detail;
      // Hidden controls must not keep the focus: the next key is meant for the video.
      if (inactive && !video.paused && !this.#next.contains(document.activeElement)) this.#surface.focus();
    });
    this.#surface.addEventListener("pointerdown", (event) => {
      const path = event.composedPath();
      // A press on its button closes the menu by itself.
      if (!this.#menu.hidden && !path.includes(this.#menu) && !(this.#opener && path.includes(this.#opener))) this.#closeMenu();
    });
  }

  #end() {
    if (this.#goesOn) this.#neighbours.next?.();
    else this.#next.finish();
  }

  /** @returns {Menu[]} */
  #menus() {
    if (this.#opener === this.#chaptersButton) {
      return [chapterMenu(this.#chapters, this.video.currentTime, (seconds) => this.seek(seconds))];
    }
    /** @type {Menu} */
    const speed = {
      name: "Speed",
      options: SPEEDS.map((rate) => ({ id: rate, label: `${rate}×`, chosen: rate === this.video.playbackRate })),
      choose: (rate) => (this.video.playbackRate = rate),
    };
    return [...(this.#engine?.choices() ?? []), speed];
  }

  /** @param {HTMLElement} opener */
  #toggleMenu(opener) {
    const open = !this.#menu.hidden && opener === this.#opener;
    if (!this.#menu.hidden) this.#closeMenu();
    if (open) return;
    this.#opener = opener;
    this.#surface.setAttribute("autohide", NEVER);
    this.#menu.setAttribute("aria-label", opener.title);
    this.#menu.open(this.#menus());
  }

  #closeMenu() {
    this.#menu.close();
    this.#surface.setAttribute("autohide", HIDE_AFTER);
    this.#opener?.focus();
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const command = commandOf(event, document.activeElement ?? document.body, this.#surface);
    if (!command) return;
    event.preventDefault();
    event.stopPropagation();
    this.#do(command);
  }

  /** @param {Command} command */
  #do(command) {
    const { video } = this;
    /** @type {{ [command in Command]?: () => unknown }} */
    const actions = {
      toggle: () => (video.paused ? video.play() : video.pause()),
      play: () => video.play(),
      pause: () => video.pause(),
      rewind: () => this.seek(video.currentTime - STEP),
      forward: () => this.seek(video.currentTime + STEP),
      mute: () => (video.muted = !video.muted),
      fullscreen: () => this.#fullscreen.click(),
      subtitles: () => this.#toggleSubtitles(),
      next: () => this.#neighbours.next?.(),
      previous: () => this.#neighbours.previous?.(),
      leave: () => (this.#menu.hidden ? back() : this.#closeMenu()),
      controls: () => (this.#next.hidden ? this.#playButton : this.#next.querySelector("button"))?.focus(),
    };
    const act = actions[command];
    if (act) act();
    else this.#move(/** @type {Direction} */ (command));
  }

  /** @param {Direction} direction */
  #move(direction) {
    const scope = this.#menu.hidden ? this.#surface : this.#menu;
    // Only the video is above the controls: there the arrows seek.
    if (!moveFocus(direction, scope) && direction === "down") this.#surface.focus();
  }

  /**
   * Tell the view what an element within has told.
   *
   * @param {Event} event
   */
  #passOn(event) {
    const { type, detail } = /** @type {CustomEvent} */ (event);
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #toggleSubtitles() {
    const menu = this.#engine?.choices().find(({ name }) => name === "Subtitles");
    if (!menu) {
      announce("No subtitles");
      return;
    }
    const current = menu.options.find(({ chosen }) => chosen)?.id ?? -1;
    const wanted = current >= 0 ? -1 : (this.#subtitlesBefore ?? 0);
    if (current >= 0) this.#subtitlesBefore = current;
    menu.choose(wanted);
    announce(`Subtitles: ${menu.options.find(({ id }) => id === wanted)?.label}`);
    this.dispatchEvent(new CustomEvent("chosen", { detail: "Subtitles" }));
  }
}

/**
 * @param {string} name
 * @param {string} label
 * @param {Parameters<typeof icon>[0]} picture
 * @param {(event: { currentTarget: HTMLButtonElement }) => void} onclick
 */
function control(name, label, picture, onclick) {
  return h("button", { type: "button", class: `control ${name}`, "aria-label": label, title: label, onclick }, icon(picture));
}

customElements.define("video-player", VideoPlayer);
