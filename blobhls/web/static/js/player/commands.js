/** Keys of the player, by what they do. */
import { isBack } from "../keys.js";
import { DIRECTIONS } from "../spatial.js";

/** @type {{ [key: string]: Exclude<Command, Direction> | undefined }} */
const KEYS = {
  " ": "toggle",
  k: "toggle",
  MediaPlayPause: "toggle",
  MediaPlay: "play",
  MediaPause: "pause",
  MediaStop: "leave",
  j: "rewind",
  MediaRewind: "rewind",
  l: "forward",
  MediaFastForward: "forward",
  m: "mute",
  f: "fullscreen",
  c: "subtitles",
  n: "next",
  MediaTrackNext: "next",
  p: "previous",
  MediaTrackPrevious: "previous",
};

/**
 * Name the command of a key in the player; null where the browser handles it.
 *
 * `focused` is the element with the focus; the video itself is `surface`.
 *
 * @param {KeyboardEvent} event
 * @param {Element} focused
 * @param {Element} surface
 * @returns {Command | null}
 */
export function commandOf(event, focused, surface) {
  if (event.altKey || event.ctrlKey || event.metaKey) return null;
  if (isBack(event)) return "leave";
  const onSurface = focused === surface || focused === document.body;
  const direction = DIRECTIONS[event.key];
  if (direction) return commandOfArrow(direction, onSurface, focused.localName);
  if (event.key === "Enter") return onSurface ? "toggle" : null;
  // On a button the space bar presses it.
  if (event.key === " " && !onSurface && focused.localName !== "media-time-range") return null;
  return KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key] ?? null;
}

/** @param {Direction} direction @param {boolean} onSurface @param {string} name @returns {Command | null} */
function commandOfArrow(direction, onSurface, name) {
  const sideways = direction === "left" || direction === "right";
  if (sideways && (onSurface || name === "media-time-range")) {
    return direction === "left" ? "rewind" : "forward";
  }
  if (sideways && name === "media-volume-range") return null;
  return onSurface ? "controls" : direction;
}
