/**
 * Arrow keys move the focus to the nearest element in their direction, as on a television.
 */
import { focusedIn, prefersStillness } from "./dom.js";

const FOCUSABLE =
  "a[href], button:not(:disabled), input:not(:disabled), summary, [tabindex]:not([tabindex='-1']), " +
  "media-time-range, media-volume-range";

/** @type {{ [key: string]: Direction | undefined }} */
export const DIRECTIONS = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right" };

// A small button on a card, next to the card's link: Up leads to it and Down back. So one step is
// enough from row to row, and from card to card.
const CORNER = ".dismiss";

/**
 * Move the focus within `scope`; returns whether there was an element that way.
 *
 * @param {Direction} direction
 * @param {HTMLElement} scope
 */
export function moveFocus(direction, scope) {
  const focused = document.activeElement;
  const from = focused !== scope && focusedIn(scope);
  /** @type {Focusable[]} */
  const found = [...scope.querySelectorAll(FOCUSABLE)].filter(
    (element) => element !== focused && element.checkVisibility({ visibilityProperty: true }),
  );
  const target = from
    ? (cornerStep(from, direction) ?? nearest(from.getBoundingClientRect(), direction, found.filter((other) => isLevel(from, other, direction))))
    : firstIn(found, scope);
  // media-chrome's ranges take the focus on an input within.
  (target?.range ?? target)?.focus({ preventScroll: true });
  target?.scrollIntoView({
    block: target.closest("#view") && !target.closest("watch-view") ? "center" : "nearest",
    inline: "nearest",
    behavior: prefersStillness() ? "instant" : "smooth",
  });
  return target != null;
}

/**
 * Where Up from a card or Down from its corner leads; null for any other step.
 *
 * @param {HTMLElement} from
 * @param {Direction} direction
 * @returns {Focusable | null | undefined}
 */
function cornerStep(from, direction) {
  if (from.matches(CORNER)) return direction === "down" ? from.parentElement?.querySelector(":scope > :not(.dismiss)") : null;
  return direction === "up" ? from.parentElement?.querySelector(`:scope > ${CORNER}`) : null;
}

/**
 * Corners are reached from their card, or sideways from one another. Sideways steps neither
 * enter nor leave the bar at the top: it lies over whatever was scrolled below it.
 *
 * @param {HTMLElement} from
 * @param {HTMLElement} other
 * @param {Direction} direction
 */
function isLevel(from, other, direction) {
  if (direction === "up" || direction === "down") return !other.matches(CORNER);
  return other.matches(CORNER) === from.matches(CORNER) && isInBar(other) === isInBar(from);
}

/** @param {HTMLElement} element */
function isInBar(element) {
  return element.closest("#top") != null;
}

/** @param {Focusable[]} found @param {HTMLElement} scope */
function firstIn(found, scope) {
  return found.find((element) => element.matches("[data-first]") && scope.contains(element)) ?? found[0];
}

/**
 * Return the element whose rectangle lies nearest to `from` in a direction.
 *
 * @template {Element} E
 * @param {DOMRect} from
 * @param {Direction} direction
 * @param {E[]} elements
 * @returns {E | null}
 */
export function nearest(from, direction, elements) {
  /** @type {E | null} */
  let best = null;
  let least = Infinity;
  for (const element of elements) {
    const cost = distance(from, direction, element.getBoundingClientRect());
    if (cost < least) [best, least] = [element, cost];
  }
  return best;
}

/**
 * Distance in pixels from `from` to `to` in a direction; infinite where `to` lies elsewhere.
 *
 * Sideways, only what shares the row counts. Up and down, the next row counts and in it what lies
 * most directly above or below: a step aside is cheaper than a step over a row.
 *
 * @param {DOMRect} from
 * @param {Direction} direction
 * @param {DOMRect} to
 */
export function distance(from, direction, to) {
  if (to.width === 0 || to.height === 0) return Infinity;
  const sideways = direction === "left" || direction === "right";
  /** @type {[Side, Side]} */
  const [near, far] = sideways ? ["left", "right"] : ["top", "bottom"];
  const ahead = direction === "right" || direction === "down";
  // A little overlap is allowed: focused cards are drawn larger.
  const slack = Math.min(from.width, from.height) * 0.25;
  const along = ahead ? to[near] - from[far] + slack : from[near] - to[far] + slack;
  if (along < 0) return Infinity;
  const aside = sideways ? gap(from, to, "top", "bottom") : gap(from, to, "left", "right");
  if (sideways) return aside > 0 ? Infinity : along;
  const offset = Math.abs(from.left + from.right - to.left - to.right) / 2;
  return along * 4 + aside + offset * 0.05;
}

/** @typedef {"top" | "bottom" | "left" | "right"} Side */

/** @param {DOMRect} a @param {DOMRect} b @param {Side} start @param {Side} stop */
function gap(a, b, start, stop) {
  return Math.max(0, a[start] - b[stop], b[start] - a[stop]);
}
