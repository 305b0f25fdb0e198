/**
 * Elements without templates: nothing that comes from a file name is ever parsed as markup.
 */

/**
 * Make an element. Functions among `attributes` become listeners (`onclick`), `true` an attribute
 * without value; `false`, `null` and `undefined` are left out.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Attributes<HTMLElementTagNameMap[T]>} attributes
 * @param {...Child} children
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value == null) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter(isThere));
  return element;
}

/** @param {Child} child @returns {child is string | Node} */
function isThere(child) {
  return child != null && child !== false;
}

const SVG = "http://www.w3.org/2000/svg";

/** Icons on a grid of 24 by 24, drawn for this page. */
const ICONS = {
  back: "M15 4 7 12l8 8 1.6-1.6L10.2 12l6.4-6.4z",
  chapters: "M4 5h2v2H4zm4 0h12v2H8zm-4 6h2v2H4zm4 0h12v2H8zm-4 6h2v2H4zm4 0h12v2H8z",
  check: "M9.5 18.5 3 12l1.7-1.7 4.8 4.8 10-10L21.200 6.800z",
  cross: "M6.400 5 12 10.600 17.600 5 19 6.400 13.400 12l5.600 5.600-1.400 1.400L12 13.400 6.400 19 5 17.600 10.600 12 5 6.400z",
  copy: "M4 3h11v3h-2V5H6v10h1v2H4zM9 8h11v13H9zm2 2v9h7v-9z",
  forward: "M9 4 7.400 5.600 13.800 12l-6.400 6.400L9 20l8-8z",
  next: "M5 5v14l10-7zm11 0h3v14h-3z",
  play: "M7 4.500v15l12.500-7.500z",
  previous: "M19 5v14L9 12zM8 5H5v14h3z",
  settings:
    "M4 6h8.200a3 3 0 0 1 5.600 0H20v2h-2.200a3 3 0 0 1-5.600 0H4zm0 10h2.200a3 3 0 0 1 5.600 0H20v2h-8.200a3 3 0 0 1-5.600 0H4z",
};

/**
 * Make an icon; decoration only, a text is elsewhere.
 *
 * @param {keyof typeof ICONS} name
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

const WIDTHS = [160, 320, 640, 1280]; // pixels: widths that the server scales a picture to
const BLOB = /^\/([0-9a-f]{64})\./;

/**
 * Make a picture that keeps its place before it has loaded, and leaves it plain if it never does.
 *
 * `sizes` is how wide it is drawn, as HTML has it; browsers that know better by the layout do. An
 * `eager` one does not wait until it is near the screen.
 *
 * @param {string | null | undefined} url
 * @param {{ sizes?: string, eager?: boolean }} options
 */
export function picture(url, { sizes = "12rem", eager = false } = {}) {
  const [, blob] = BLOB.exec(url ?? "") ?? [];
  return h("img", {
    alt: "",
    loading: eager ? "eager" : "lazy",
    decoding: "async",
    draggable: "false",
    sizes: blob && (eager ? sizes : `auto, ${sizes}`),
    srcset: blob && WIDTHS.map((width) => `/api/v1/pictures/${blob}?width=${width} ${width}w`).join(", "),
    src: url, // last: browsers that know `srcset` have chosen by then
    // The server can't scale it now: load the original. Without one the place stays plain.
    onerror: ({ currentTarget: image }) => (image.srcset ? image.removeAttribute("srcset") : image.remove()),
  });
}

/**
 * The focused element within another, or null.
 *
 * @param {Element} scope
 */
export function focusedIn(scope) {
  const focused = document.activeElement;
  return focused instanceof HTMLElement && scope.contains(focused) ? focused : null;
}

/** Whether the viewer's system asks for less motion. */
export function prefersStillness() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/**
 * Return an element that always exists, such as those of the shell; throws without it.
 *
 * @template T
 * @param {T | null | undefined} found
 */
export function there(found) {
  if (found == null) throw new Error("This page is incomplete.");
  return found;
}

/**
 * Announce a text to screen readers.
 *
 * @param {string} text
 */
export function announce(text) {
  there(document.getElementById("announcer")).textContent = text;
}
