/** Touch controls of the player. */
import { h } from "../dom.js";

/**
 * Make large buttons for the middle of the video, which seek by `step` seconds or play.
 *
 * @param {number} step
 */
export function touchButtons(step) {
  const names = /** @type {const} */ (["media-seek-backward-button", "media-play-button", "media-seek-forward-button"]);
  return h(
    "div",
    { slot: "centered-chrome", class: "touch" },
    names.map((name) => h(name, { seekoffset: step, notooltip: true })),
  );
}

/**
 * Let a touch on the video bring the controls back, and nothing else: by the time that a touch
 * becomes a click, media-chrome has shown what lies under the finger.
 *
 * @param {HTMLElement} surface
 */
export function wakeFirst(surface) {
  let wakes = false;
  surface.addEventListener(
    "pointerdown",
    ({ pointerType }) => (wakes = pointerType === "touch" && surface.matches("[userinactive]:not([mediapaused])")),
    true,
  );
  surface.addEventListener(
    "click",
    (event) => {
      if (!wakes || (event.target instanceof Element && event.target.closest("[noautohide]"))) return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );
}
