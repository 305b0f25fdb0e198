/**
 * Keeps subtitles above the controls for as long as these are shown.
 *
 * The browser draws them at the bottom, where the controls are. What a file places elsewhere stays there.
 */

const LINE = 0.06; // of the smaller side of the video: letters of 5 %, as WebVTT has them, and what is between

/** Follow what `surface`, the media controller, shows; `bar` is the uppermost of its controls below. */
export function liftCues(surface, video, bar) {
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
  video.textTracks.addEventListener("addtrack", ({ track }) => track.addEventListener("cuechange", place));
}

/** Move what is shown of a track some lines up; tells whether anything is elsewhere now. */
function moveCues(track, lines, lifted) {
  let moved = false;
  for (const cue of track.activeCues ?? []) {
    if (!lifted.has(cue) && !isAtBottom(cue)) continue;
    lifted.add(cue);
    const line = lines ? -lines - cue.text.split("\n").length : "auto";
    moved ||= cue.line !== line;
    cue.line = line;
  }
  return moved;
}

// Chromium leaves a cue where it was drawn first.
function redraw(track) {
  track.mode = "hidden";
  track.mode = "showing";
}

function isShown(surface, video) {
  return video.paused || !surface.hasAttribute("userinactive");
}

function isAtBottom({ line, snapToLines }) {
  return snapToLines && (line === "auto" || line === -1);
}

function linesFrom(bar, video) {
  const { bottom, width, height } = video.getBoundingClientRect();
  return Math.ceil((bottom - bar.getBoundingClientRect().top) / (LINE * Math.min(width, height)));
}
