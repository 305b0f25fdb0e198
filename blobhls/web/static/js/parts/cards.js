/** Cards: a picture that is a link, and the words below it. */
import { h, picture } from "../dom.js";
import { duration } from "../words.js";

// About the widths of the style sheet.
const SIZES = { poster: "max(7rem, 12vw)", still: "max(13rem, 22vw)" };

/**
 * A movie or a series, upright.
 *
 * @param {Show} show
 * @param {Attributes<HTMLAnchorElement>} attributes
 */
export function posterCard(show, attributes = {}) {
  const { info, year } = show;
  const note = [year, show.kind === "series" && `${show.episodes.length} ep.`].filter(Boolean).join(" · ");
  return card("poster", `/show/${encodeURIComponent(info.id)}`, info.thumbnail, info.title, note, attributes);
}

/**
 * A wide card of a video that was begun or comes next: opens the player.
 *
 * @param {Api.HistoryItem} item
 */
export function watchCard(item) {
  const { resume: position, duration: length } = item.progress ?? {};
  const title = item.kind === "series" ? item.show_title : item.title;
  const left = length && position ? `${duration(length - position)} left` : "";
  const note = [item.kind === "series" && (item.index || item.title), left].filter(Boolean).join(" · ");
  const bar = length && position ? progressBar(position / length) : null;
  return card("still", `/watch/${encodeURIComponent(item.id)}`, item.still, title, note, {}, bar);
}

/**
 * A trailer, an interview and the like; `fallback` is its picture where it has none.
 *
 * @param {Api.ExtraValue} extra
 * @param {string} fallback
 */
export function extraCard(extra, fallback) {
  const note = [extra.kind.replaceAll("_", " "), duration(extra.duration)].filter(Boolean).join(" · ");
  return card("still", `/watch/${encodeURIComponent(extra.id)}`, extra.thumbnail ?? fallback, extra.title, note, {});
}

/**
 * A progress bar; `part` from 0 to 1. A text says the same elsewhere.
 *
 * @param {number} part
 */
export function progressBar(part) {
  const done = h("span", { class: "done" });
  done.style.inlineSize = `${Math.min(100, part * 100)}%`;
  return h("span", { class: "progress", "aria-hidden": "true" }, done);
}

/**
 * @param {keyof typeof SIZES} shape
 * @param {string} href
 * @param {string} url
 * @param {string} title
 * @param {string} note
 * @param {Attributes<HTMLAnchorElement>} attributes
 * @param {Child} [bar]
 */
function card(shape, href, url, title, note, attributes, bar) {
  return h(
    "a",
    { class: `card ${shape}`, href, ...attributes },
    h("span", { class: "frame" }, picture(url, { sizes: SIZES[shape] }), bar),
    h("span", { class: "name", dir: "auto" }, title),
    h("span", { class: "note" }, note),
  );
}
