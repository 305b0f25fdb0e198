/**
 * Keeps subtitles above the controls for as long as these are shown.
 *
 * The browser draws them at the bottom, where the controls are. Cues that a file places elsewhere stay there.
 */

const LINE = 0.06; // of the smaller side of the video: letters of 5 %, as WebVTT has them, and what is between

/**
 * Follow what `surface`, the media controller, shows; `bar` is the uppermost of its controls below.
 *
 * @param {HTMLElement} surface
 * @param {HTMLVideoElement} video
 * @param {HTMLElement} bar
 */
export function liftCues(surface, video, bar) {
  /** @type {WeakSet<TextTrackCue>} */
  const lifted = new WeakSet();
  const place = () => {
    const lines = isShown(surface, video) ? linesFrom(bar, video) : 0;
    for (const track of video.textTracks) {
      if (track.mode === "showing" && moveCues(track, lines, lifted)) redraw(track);
    }
  };
  surface.addEventListener("userinactivechange", place);
  for (const event of ["play", "pause"]) video.addEventListener(event, place);
  video.textTracks.addEventListener("change", place);
  video.textTracks.addEventListener("addtrack", ({ track }) => track?.addEventListener("cuechange", place));
}

/**
 * Move what is shown of a track some lines up; returns whether any cue was moved.
 *
 * @param {TextTrack} track
 * @param {number} lines
 * @param {WeakSet<TextTrackCue>} lifted
 */
function moveCues(track, lines, lifted) {
  let moved = false;
  for (const cue of track.activeCues ?? []) {
    if (!(cue instanceof VTTCue) || (!lifted.has(cue) && !isAtBottom(cue))) continue;
    lifted.add(cue);
    const line = lines ? -lines - cue.text.split("\n").length : "auto";
    moved ||= cue.line !== line;
    cue.line = line;
  }
  return moved;
}

// Chromium leaves a cue where it was drawn first.
/** @param {TextTrack} track */
function redraw(track) {
  track.mode = "hidden";
  track.mode = "showing";
}

/** @param {HTMLElement} surface @param {HTMLVideoElement} video */
function isShown(surface, video) {
  return video.paused || !surface.hasAttribute("userinactive");
}

/** @param {VTTCue} cue */
function isAtBottom({ line, snapToLines }) {
  return snapToLines && (line === "auto" || line === -1);
}

/** @param {HTMLElement} bar @param {HTMLVideoElement} video */
function linesFrom(bar, video) {
  const { bottom, width, height } = video.getBoundingClientRect();
  return Math.ceil((bottom - bar.getBoundingClientRect().top) / (LINE * Math.min(width, height)));
}
