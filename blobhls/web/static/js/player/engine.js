/**
 * Playback engines: hls.js wherever there is Media Source, the browser itself elsewhere.
 *
 * Chromium could play HLS by itself too, but never switches down and has no choice of tracks. Both
 * engines look the same to the player: `choices()` are menus, the event `change` says that
 * they changed, `failed` that playback has ended for good.
 */
import { language } from "../words.js";

const VENDOR = "../../vendor";
const NATIVE_TYPE = "application/vnd.apple.mpegurl";
const HOME_NETWORK = 40_000_000; // bits a second to expect until something was measured
const ENCODED = /\/\d+p_\w+\/stream\.m3u8$/; // a rendition that the server has to encode first
const SOON = 480; // lines of the video to begin with then
const AHEAD = 30; // seconds to keep loaded

/** Begin to load what playing needs, so that a click on Play does not wait for it. */
export function warmUp() {
  loadHls();
  loadControls();
}

/**
 * Load media-chrome; returns whether it is there.
 *
 * @returns {Promise<boolean>}
 */
export function loadControls() {
  return import(`${VENDOR}/media-chrome/media-chrome.js`).then(() => true, () => false);
}

/** @typedef {typeof import("hls.js").default} HlsClass */

/** @returns {Promise<HlsClass | null>} */
function loadHls() {
  if (!self.MediaSource) return Promise.resolve(null);
  return import(`${VENDOR}/hls.js/hls.min.mjs`).then((module) => module.default, () => null);
}

/**
 * Play `url` in `video` from `start` seconds on. `wanted` is what the viewer chose last, as the API
 * has it: `{audio, subtitles}`, each `{language, title}` or null. Throws where nothing can play it.
 *
 * @param {HTMLVideoElement} video
 * @param {string} url
 * @param {number} start
 * @param {Api.ChoicesValue} wanted
 * @returns {Promise<Engine>}
 */
export async function openEngine(video, url, start, wanted) {
  const Hls = await loadHls();
  if (Hls?.isSupported()) return new HlsEngine(Hls, video, url, start, wanted);
  if (video.canPlayType(NATIVE_TYPE)) return new NativeEngine(video, url, start);
  throw new Error(
    "This browser can’t play HLS by itself, and this copy of blobhls was built without hls.js.",
  );
}

/**
 * A menu: options `{id, label, chosen}`, and what to call with the id of one.
 *
 * @param {string} name
 * @param {Menu["options"]} options
 * @param {Menu["choose"]} choose
 * @returns {Menu}
 */
function menu(name, options, choose) {
  return { name, options, choose };
}

class HlsEngine extends EventTarget {
  #hls;
  #recovered = false;

  /**
   * @param {HlsClass} Hls
   * @param {HTMLVideoElement} video
   * @param {string} url
   * @param {number} start
   * @param {Api.ChoicesValue} wanted
   */
  constructor(Hls, video, url, start, wanted) {
    super();
    const hls = new Hls({
      workerPath: new URL(`${VENDOR}/hls.js/hls.worker.js`, import.meta.url).href,
      startPosition: start || -1,
      // The source is cut, not encoded: the best rendition is also the one that is ready first.
      abrEwmaDefaultEstimate: HOME_NETWORK,
      abrEwmaDefaultEstimateMax: HOME_NETWORK,
      maxBufferLength: AHEAD,
      backBufferLength: AHEAD,
      audioPreference: preference(wanted.audio),
      subtitlePreference: wanted.subtitles === "off" ? undefined : preference(wanted.subtitles),
    });
    this.#hls = hls;
    const { Events } = Hls;
    const changes = /** @type {const} */ ([
      Events.MANIFEST_PARSED,
      Events.LEVEL_SWITCHED,
      Events.AUDIO_TRACKS_UPDATED,
      Events.AUDIO_TRACK_SWITCHED,
      Events.SUBTITLE_TRACKS_UPDATED,
      Events.SUBTITLE_TRACK_SWITCH,
    ]);
    for (const event of changes) hls.on(event, () => this.dispatchEvent(new Event("change")));
    hls.on(Events.MANIFEST_PARSED, () => {
      this.#leaveTwins();
      this.#beginSmall();
    });
    hls.on(Events.ERROR, (_, data) => this.#handle(Hls, data));
    hls.loadSource(url);
    hls.attachMedia(video);
  }

  destroy() {
    this.#hls.destroy();
  }

  choices() {
    return [this.#qualities(), this.#audio(), this.#subtitles()].filter(
      ({ options }) => options.length > 1,
    );
  }

  /**
   * Sound and subtitles that are on, as `wanted` takes them the next time.
   *
   * @returns {Api.ChoicesValue}
   */
  languages() {
    const { audioTracks, audioTrack, subtitleTracks, subtitleTrack } = this.#hls;
    return {
      audio: choiceOf(audioTracks, audioTrack),
      subtitles: choiceOf(subtitleTracks, subtitleTrack) ?? "off",
    };
  }

  // With surround audio, every quality is listed twice, with surround and with stereo. hls.js has
  // removed what this browser can't play: keep the one with more channels, browsers mix it down.
  #leaveTwins() {
    const { levels } = this.#hls;
    const fuller = new Set(levels.filter(({ attrs }) => attrs.AUDIO === "surround").map(({ uri }) => uri));
    for (const [place, { attrs, uri }] of [...levels.entries()].reverse()) {
      if (attrs.AUDIO !== "surround" && fuller.has(uri)) this.#hls.removeLevel(place);
    }
  }

  // Where even the best has to be encoded, a low quality now is better than a high one later:
  // the next segments are chosen by how fast the first ones arrived.
  #beginSmall() {
    const { levels } = this.#hls;
    if (!ENCODED.test(levels.at(-1)?.uri ?? "")) return;
    const small = levels.findLastIndex(({ height }) => height <= SOON);
    this.#hls.startLevel = Math.max(0, small);
  }

  #qualities() {
    const hls = this.#hls;
    const automatic = hls.autoLevelEnabled;
    const playing = hls.levels[hls.currentLevel];
    const options = hls.levels
      .map((level, id) => ({ id, label: qualityName(level), chosen: !automatic && id === hls.loadLevel }))
      .reverse();
    const label = automatic && playing ? `Automatic (${qualityName(playing)})` : "Automatic";
    if (options.length > 1) options.unshift({ id: -1, label, chosen: automatic });
    return menu("Quality", options, (id) => {
      hls.nextLevel = id;
      this.dispatchEvent(new Event("change"));
    });
  }

  #audio() {
    const hls = this.#hls;
    const options = hls.audioTracks.map((track, id) => ({ id, label: trackName(track), chosen: id === hls.audioTrack }));
    return menu("Audio", options, (id) => (hls.audioTrack = id));
  }

  #subtitles() {
    const hls = this.#hls;
    const options = hls.subtitleTracks.map((track, id) => ({ id, label: trackName(track), chosen: id === hls.subtitleTrack }));
    options.unshift({ id: -1, label: "Off", chosen: hls.subtitleTrack < 0 });
    return menu("Subtitles", options, (id) => {
      hls.subtitleDisplay = true;
      hls.subtitleTrack = id;
    });
  }

  /** @param {HlsClass} Hls @param {import("hls.js").ErrorData} data */
  #handle(Hls, data) {
    if (!data.fatal) return;
    if (data.type === Hls.ErrorTypes.MEDIA_ERROR && !this.#recovered) {
      this.#recovered = true; // once: a file that fails again is damaged
      this.#hls.recoverMediaError();
      return;
    }
    const detail = { status: data.response?.code, url: data.frag?.url ?? data.url };
    this.dispatchEvent(new CustomEvent("failed", { detail }));
  }
}

class NativeEngine extends EventTarget {
  #video;
  #change = () => this.dispatchEvent(new Event("change"));

  /** @param {HTMLVideoElement} video @param {string} url @param {number} start */
  constructor(video, url, start) {
    super();
    this.#video = video;
    video.textTracks.addEventListener("change", this.#change);
    video.textTracks.addEventListener("addtrack", this.#change);
    video.audioTracks?.addEventListener("change", this.#change);
    video.addEventListener("error", () => this.dispatchEvent(new CustomEvent("failed", { detail: {} })));
    video.addEventListener("loadedmetadata", () => start && (video.currentTime = start), { once: true });
    video.src = url;
  }

  destroy() {
    this.#video.removeAttribute("src");
    this.#video.load();
  }

  choices() {
    return [this.#audio(), this.#subtitles()].filter(({ options }) => options.length > 1);
  }

  /** @returns {Api.ChoicesValue} */
  languages() {
    /** @param {{ language: string } | undefined} track */
    const chosen = (track) => (track ? { language: track.language || null, title: null } : null);
    return {
      audio: chosen([...(this.#video.audioTracks ?? [])].find((track) => track.enabled)),
      subtitles: chosen(this.#texts().find((track) => track.mode === "showing")) ?? "off",
    };
  }

  #audio() {
    const tracks = [...(this.#video.audioTracks ?? [])];
    const options = tracks.map((track, id) => ({ id, label: track.label || track.language, chosen: track.enabled }));
    return menu("Audio", options, (id) => tracks.forEach((track, at) => (track.enabled = at === id)));
  }

  #subtitles() {
    const tracks = this.#texts();
    const options = tracks.map((track, id) => ({ id, label: track.label || track.language, chosen: track.mode === "showing" }));
    options.unshift({ id: -1, label: "Off", chosen: !options.some(({ chosen }) => chosen) });
    return menu("Subtitles", options, (id) =>
      tracks.forEach((track, at) => (track.mode = at === id ? "showing" : "disabled")),
    );
  }

  #texts() {
    return [...this.#video.textTracks].filter(({ kind }) => kind === "subtitles" || kind === "captions");
  }
}

/**
 * The preference by which hls.js chooses among the tracks of another episode.
 *
 * @param {Api.TrackChoiceValue | null | undefined} choice
 */
function preference(choice) {
  if (!choice?.language) return undefined;
  return choice.title ? { lang: choice.language, name: choice.title } : { lang: choice.language };
}

/**
 * A track described by what other episodes have too: its language, and its name if needed.
 *
 * @param {import("hls.js").MediaPlaylist[]} tracks
 * @param {number} number
 */
function choiceOf(tracks, number) {
  const track = tracks[number];
  if (!track) return null;
  const alike = tracks.filter(({ lang }) => lang === track.lang);
  return { language: track.lang ?? null, title: alike.length > 1 ? track.name : null };
}

/** @param {import("hls.js").Level} level */
function qualityName({ height, bitrate, videoCodec }) {
  const rate = `${(bitrate / 1e6).toFixed(1)} Mbit/s`;
  const codec = /^(hvc1|hev1)/.test(videoCodec ?? "") ? " HEVC" : /^av01/.test(videoCodec ?? "") ? " AV1" : "";
  return height ? `${height}p${codec} · ${rate}` : rate;
}

/** @param {import("hls.js").MediaPlaylist} track */
function trackName({ name, lang }) {
  return name && name !== lang ? name : (language(lang) ?? name ?? "Unnamed");
}
