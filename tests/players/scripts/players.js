// In the page: starts a player on a URL, and says how it is getting on.
const video = document.querySelector("video");
const errors = []; // { fatal, details }
const gaps = []; // times that shaka-player jumped to
const levels = []; // sizes that hls.js has shown, in order
const RATE = 4; // times as fast as it is meant to be seen
const PATIENCE = 120_000; // ms at one place
let moved = performance.now();
let began = null; // s, of what was loaded when there first was something to show

// Shows another level after every segment.
function keepSwitching(hls) {
  hls.on(Hls.Events.FRAG_CHANGED, () => (hls.nextLevel = (hls.currentLevel + 1) % hls.levels.length));
  hls.on(Hls.Events.LEVEL_SWITCHED, (_, { level }) => levels.push(hls.levels[level].height));
}

const START = {
  "hls.js"(url, switching) {
    const hls = new Hls();
    hls.on(Hls.Events.ERROR, (_, { fatal, details, reason, response }) =>
      errors.push({ fatal, details, reason, status: response?.code, url: response?.url }),
    );
    if (switching) keepSwitching(hls);
    hls.loadSource(url);
    hls.attachMedia(video);
  },

  async "shaka-player"(url) {
    shaka.polyfill.installAll();
    const player = new shaka.Player();
    player.addEventListener("error", ({ detail }) =>
      errors.push({ fatal: true, details: `${detail.code} ${detail.data}` }),
    );
    await player.attach(video);
    player.addEventListener("gapjumped", () => gaps.push(video.currentTime));
    await player.load(url);
    window.gapsJumped = () => player.getStats().gapsJumped;
  },

  Chromium(url) {
    video.src = url;
  },
};

function notice({ type }) {
  if (type === "timeupdate") moved = performance.now();
  if (video.buffered.length) began ??= video.buffered.start(0); // hls.js may just have emptied it
}

async function start(player, url, switching) {
  for (const event of ["loadeddata", "timeupdate"]) video.addEventListener(event, notice);
  video.addEventListener("error", () => errors.push({ fatal: true, details: video.error.message }));
  try {
    await START[player](url, switching);
    video.playbackRate = video.defaultPlaybackRate = RATE;
    await video.play();
  } catch (error) {
    errors.push({ fatal: true, details: `${error.code ?? ""} ${error.message}` });
  }
}

// What was said, by the label of its track: of closed captions there are only what was played.
function spoken() {
  const tracks = {};
  for (const track of video.textTracks) {
    if (track.mode === "disabled") track.mode = "hidden"; // or it hides its cues from us too
    tracks[track.label] = Array.from(track.cues ?? [], (cue) => cue.text);
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
