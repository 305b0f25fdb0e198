// In the page: starts a player on a URL, and says how it is getting on.
const video = document.querySelector("video");
/** @type {Trouble[]} */
const errors = [];
/** @type {number[]} */
const gaps = []; // times that shaka-player jumped to
/** @type {number[]} */
const levels = []; // sizes that hls.js has shown, in order
const RATE = 4; // times as fast as it is meant to be seen
const PATIENCE = 120_000; // ms at one place
let moved = performance.now();
/** @type {number | null} */
let began = null; // s, of what was loaded when there first was something to show

// Shows another level after every segment.
/** @param {import("hls.js").default} hls */
function keepSwitching(hls) {
  hls.on(Hls.Events.FRAG_CHANGED, () => (hls.nextLevel = (hls.currentLevel + 1) % hls.levels.length));
  hls.on(Hls.Events.LEVEL_SWITCHED, (_, { level }) => levels.push(hls.levels[level].height));
}

/** @typedef {keyof typeof START} Player */

const START = {
  /** @param {string} url @param {boolean} switching */
  "hls.js"(url, switching) {
    const hls = new Hls();
    hls.on(Hls.Events.ERROR, (_, { fatal, details, reason, response }) =>
      errors.push({ fatal, details, reason, status: response?.code, url: response?.url }),
    );
    if (switching) keepSwitching(hls);
    hls.loadSource(url);
    hls.attachMedia(video);
  },

  /** @param {string} url */
  async "shaka-player"(url) {
    shaka.polyfill.installAll();
    const player = new shaka.Player();
    player.addEventListener("error", (/** @type {CustomEvent} */ { detail }) => {
      const { code, data } = detail;
      errors.push({ fatal: true, details: `${code} ${data}` });
    });
    await player.attach(video);
    player.addEventListener("gapjumped", () => gaps.push(video.currentTime));
    await player.load(url);
    window.gapsJumped = () => player.getStats().gapsJumped;
  },

  /** @param {string} url */
  Chromium(url) {
    video.src = url;
  },
};

/** @param {Event} event */
function notice({ type }) {
  if (type === "timeupdate") moved = performance.now();
  if (video.buffered.length) began ??= video.buffered.start(0); // hls.js may just have emptied it
}

/** @param {Player} player @param {string} url @param {boolean} switching */
async function start(player, url, switching) {
  for (const event of ["loadeddata", "timeupdate"]) video.addEventListener(event, notice);
  video.addEventListener("error", () => errors.push({ fatal: true, details: video.error?.message ?? "" }));
  try {
    await START[player](url, switching);
    video.playbackRate = video.defaultPlaybackRate = RATE;
    await video.play();
  } catch (error) {
    const { code = "", message } = /** @type {{ code?: number, message: string }} */ (error);
    errors.push({ fatal: true, details: `${code} ${message}` });
  }
}

// What was said, by the label of its track: of closed captions there are only what was played.
function spoken() {
  /** @type {{ [label: string]: string[] }} */
  const tracks = {};
  for (const track of video.textTracks) {
    if (track.mode === "disabled") track.mode = "hidden"; // or it hides its cues from us too
    tracks[track.label] = Array.from(track.cues ?? [], (cue) => /** @type {VTTCue} */ (cue).text);
  }
  return tracks;
}

const failed = () => errors.some((error) => error.fatal);
const stuck = () => performance.now() - moved > PATIENCE;

function look() {
  const ranges = Array.from({ length: video.buffered.length }, (_, place) => [
    video.buffered.start(place),
    video.buffered.end(place),
  ]);
  return {
    duration: video.duration,
    ended: video.ended,
    size: [video.videoWidth, video.videoHeight],
    frames: video.getVideoPlaybackQuality().totalVideoFrames,
    sound: video.webkitAudioDecodedByteCount,
    gapsJumped: window.gapsJumped?.() ?? null,
    began,
    ranges,
    gaps,
    levels,
    tracks: spoken(),
    errors,
  };
}
