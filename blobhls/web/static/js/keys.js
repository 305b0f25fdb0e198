/**
 * Keys of a keyboard or a remote control outside of the player.
 */
import { back } from "./router.js";
import { DIRECTIONS, moveFocus } from "./spatial.js";

const BACK = new Set(["Escape", "Backspace", "GoBack"]);
const TV_BACK = new Set([461, 10009]); // the Back key of webOS and of Tizen

/** Listen to the whole document. */
export function listen() {
  document.addEventListener("keydown", (event) => {
    const direction = DIRECTIONS[event.key];
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
    if (isBack(event)) leave(event);
    else if (direction) move(event, direction);
    else if (event.key === "/" && !isText(event.target)) startSearch(event);
  });
}

/**
 * Whether a key means Back, on a remote control or a keyboard.
 *
 * @param {KeyboardEvent} event
 */
export function isBack(event) {
  return BACK.has(event.key) || TV_BACK.has(event.keyCode);
}

/**
 * Whether an element takes text.
 *
 * @param {EventTarget | null} element
 * @returns {element is HTMLInputElement | HTMLTextAreaElement}
 */
export function isText(element) {
  return element instanceof Element && element.matches("input:not([type=checkbox], [type=radio], [type=range]), textarea");
}

/** @param {KeyboardEvent} event */
function leave(event) {
  const dialog = document.querySelector("dialog[open]");
  const field = isText(event.target) ? event.target : null;
  // In a field Backspace deletes; Escape first empties it, unless it closes a dialog.
  if (field && (event.key === "Backspace" || (field.value && !dialog))) return;
  event.preventDefault();
  if (!dialog) back();
  else if (!dialog.matches(".login")) dialog.close(); // there is no way around the password
}

/** @param {KeyboardEvent} event @param {Direction} direction */
function move(event, direction) {
  if (isText(event.target) && caretMoves(event.target, direction)) return;
  if (moveFocus(direction, document.querySelector("[data-focus-scope]") ?? document.body)) {
    event.preventDefault();
  }
}

/** @param {HTMLInputElement | HTMLTextAreaElement} field @param {Direction} direction */
function caretMoves(field, direction) {
  if (direction === "left") return (field.selectionStart ?? 0) > 0;
  if (direction === "right") return (field.selectionEnd ?? 0) < field.value.length;
  return false;
}

/** @param {KeyboardEvent} event */
function startSearch(event) {
  event.preventDefault();
  document.querySelector("#top input")?.focus();
}
