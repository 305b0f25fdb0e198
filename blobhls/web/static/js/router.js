/**
 * Addresses and views. A view is an element that the router puts into `<main>`; the last ones are
 * kept, so that Back finds a view as it was left: scrolled there, with the same card focused.
 */
import { announce, focusedIn } from "./dom.js";

const KEPT = 8; // views

/** @type {Route[]} */
let routes = [];
/** @type {HTMLElement} */
let outlet;
/** @type {{ key: number, view: Routed } | null} */
let current = null;
/** @type {Map<number, { view: Routed, scroll: number, focused: HTMLElement | null }>} */
const kept = new Map(); // by the key of a history entry

/**
 * Begin: `table` maps patterns of paths to functions that make a view of what they match.
 *
 * @param {Route[]} table
 * @param {HTMLElement} element
 */
export function start(table, element) {
  routes = table;
  outlet = element;
  history.scrollRestoration = "manual";
  if (history.state?.key == null) history.replaceState({ key: newKey(), depth: 0 }, "");
  addEventListener("popstate", () => display());
  document.addEventListener("click", follow);
  display();
}

/**
 * Go to an address of the application.
 *
 * @param {string} path
 */
export function navigate(path, { replace = false } = {}) {
  const depth = history.state.depth + (replace ? 0 : 1);
  leave();
  history[replace ? "replaceState" : "pushState"]({ key: newKey(), depth }, "", path);
  display();
}

/** Go back, or home where there is no earlier address. */
export function back() {
  if (history.state.depth > 0) history.back();
  else if (location.pathname !== "/") navigate("/", { replace: true });
}

/**
 * Change the address of the view that is shown, and nothing else.
 *
 * @param {string} path
 */
export function rename(path) {
  history.replaceState(history.state, "", path);
}

/**
 * Focus the first element of a view, unless something in it has the focus. Phones have no arrow
 * keys: there a ring around an element that was not touched would only puzzle.
 *
 * @param {HTMLElement} view
 */
export function focusFirst(view) {
  if (matchMedia("(pointer: coarse) and (max-width: 46rem)").matches) return;
  if (document.activeElement !== document.body && document.activeElement !== outlet) return;
  const first = view.querySelector("[data-first]");
  if (view.isConnected) (first ?? outlet).focus({ preventScroll: true });
}

function newKey() {
  return crypto.getRandomValues(new Uint32Array(1))[0];
}

/** @param {MouseEvent} event */
function follow(event) {
  const link = event.target instanceof Element && event.target.closest("a[href]");
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey) return;
  if (event.shiftKey || event.altKey || link.origin !== location.origin) return;
  if (link.hash || !match(link.pathname)) return;
  event.preventDefault();
  if (link.href !== location.href) navigate(link.pathname + link.search);
}

/** @param {string} path */
function match(path) {
  for (const [pattern, make] of routes) {
    const found = pattern.exec(path);
    if (found) return () => make(...found.slice(1).map(decodeURIComponent));
  }
  return null;
}

function leave() {
  if (!current) return;
  const focused = focusedIn(outlet);
  if (current.view.keep) kept.set(current.key, { view: current.view, scroll: scrollY, focused });
  for (const key of kept.keys()) if (kept.size > KEPT) kept.delete(key);
  current.view.remove();
  current = null;
}

function display() {
  leave();
  const { key } = history.state ?? {};
  const before = kept.get(key);
  const view = before?.view ?? (match(location.pathname) ?? routes[0][1])();
  kept.delete(key);
  current = { key, view };
  outlet.replaceChildren(view);
  document.body.classList.toggle("watching", view.localName === "watch-view");
  markLinks();
  if (before) {
    view.returned?.();
    scrollTo(0, before.scroll);
    before.focused?.focus({ preventScroll: true });
  } else {
    scrollTo(0, 0);
    outlet.focus({ preventScroll: true });
  }
  announce(document.title);
}

function markLinks() {
  for (const link of document.querySelectorAll("#top a")) {
    if (link.pathname === location.pathname) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}
