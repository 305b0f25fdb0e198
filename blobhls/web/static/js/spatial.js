/**
 * Arrow keys move the focus to what lies that way, as a remote control expects it.
 */
import { prefersStillness } from "./dom.js";

const FOCUSABLE =
  "a[href], button:not(:disabled), input:not(:disabled), summary, [tabindex]:not([tabindex='-1']), " +
  "media-time-range, media-volume-range";

export const DIRECTIONS = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right" };

// A small button on a card, beside the card's link: Up leads to it and Down back. So one step is
// enough from row to row, and from card to card.
const CORNER = ".dismiss";

/** Move the focus within `scope`; tells whether there was anything that way. */
export function moveFocus(direction, scope) {
  const from = document.activeElement;
  const start = scope.contains(from) && from !== scope ? from.getBoundingClientRect() : null;
  const found = [...scope.querySelectorAll(FOCUSABLE)].filter(
    (element) => element !== from && element.checkVisibility({ visibilityProperty: true }),
  );
  const target = start
    ? (cornerStep(from, direction) ?? nearest(start, direction, found.filter((other) => isLevel(from, other, direction))))
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

/** Where Up from a card or Down from its corner leads; null for any other step. */
function cornerStep(from, direction) {
  if (from.matches(CORNER)) return direction === "down" ? from.parentElement.querySelector(":scope > :not(.dismiss)") : null;
  return direction === "up" ? from.parentElement.querySelector(`:scope > ${CORNER}`) : null;
}

/**
 * Corners are reached from their card, or sideways from one another. And sideways nothing leads to
 * the bar at the top or out of it: it lies over whatever was scrolled below it.
 */
function isLevel(from, other, direction) {
  if (direction === "up" || direction === "down") return !other.matches(CORNER);
  return other.matches(CORNER) === from.matches(CORNER) && isInBar(other) === isInBar(from);
}

function isInBar(element) {
  return element.closest("#top") != null;
}

function firstIn(found, scope) {
  return found.find((element) => element.matches("[data-first]") && scope.contains(element)) ?? found[0];
}

/** Return the element whose rectangle lies nearest to `from` in a direction. */
export function nearest(from, direction, elements) {
  let best = null;
  let least = Infinity;
  for (const element of elements) {
    const cost = distance(from, direction, element.getBoundingClientRect());
    if (cost < least) [best, least] = [element, cost];
  }
  return best;
}

/**
 * How far `to` is from `from` that way, in pixels; infinite where it is not that way at all.
 *
 * Sideways, only what shares the row counts. Up and down, the next row counts and in it what lies
 * most directly above or below: a step aside is cheaper than a step over a row.
 */
export function distance(from, direction, to) {
  if (to.width === 0 || to.height === 0) return Infinity;
  const sideways = direction === "left" || direction === "right";
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

function gap(a, b, start, stop) {
  return Math.max(0, a[start] - b[stop], b[start] - a[stop]);
}
