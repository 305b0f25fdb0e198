/** Saves the position, often enough that nothing is lost. */
import { saveProgress } from "../api.js";

const EVERY = 10; // seconds
const LEAST = 3; // seconds that must have been played: shorter playback does not count

/**
 * Follow `video`; returns a function that saves once more and stops.
 *
 * @param {HTMLVideoElement} video
 * @param {string} videoId
 */
export function keepProgress(video, videoId) {
  /** @type {number | null} */
  let saved = null;
  let played = 0;
  let last = video.currentTime;

  const save = () => {
    const position = video.currentTime;
    if (position === saved || video.readyState === 0) return;
    if (played < LEAST && !video.ended) return;
    saved = position;
    saveProgress(videoId, position).catch(() => (saved = null));
  };
  const passed = () => {
    const step = video.currentTime - last;
    last = video.currentTime;
    if (step > 0 && step < 1) played += step;
    if (saved === null ? played >= LEAST : Math.abs(last - saved) >= EVERY) save();
  };
  const listeners = { timeupdate: passed, pause: save, seeked: save, ended: save };
  for (const [name, listener] of Object.entries(listeners)) video.addEventListener(name, listener);
  addEventListener("pagehide", save);

  return () => {
    for (const [name, listener] of Object.entries(listeners)) video.removeEventListener(name, listener);
    removeEventListener("pagehide", save);
    save();
  };
}
