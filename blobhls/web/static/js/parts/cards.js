/** Cards: a picture that is a link, and the words below it. */
import { h, picture } from "../dom.js";
import { duration } from "../words.js";

// As wide as the style sheet makes them, about.
const SIZES = { poster: "max(7rem, 12vw)", still: "max(13rem, 22vw)" };

/** A movie or a series, upright. */
export function posterCard(show, attributes = {}) {
  const { info, year, kind, episodes } = show;
  const note = [year, kind === "series" && `${episodes.length} ep.`].filter(Boolean).join(" · ");
  return card("poster", `/show/${encodeURIComponent(info.id)}`, info.thumbnail, info.title, note, attributes);
}

/** Something that was begun or comes next, lying: opens the player. */
export function watchCard(item) {
  const { resume: position, duration: length } = item.progress ?? {};
  const title = item.kind === "series" ? item.show_title : item.title;
  const left = length && position ? `${duration(length - position)} left` : "";
  const note = [item.kind === "series" && (item.index || item.title), left].filter(Boolean).join(" · ");
  const made = card("still", `/watch/${encodeURIComponent(item.id)}`, item.still, title, note, {});
  if (length && position) made.querySelector(".frame").append(progressBar(position / length));
  return made;
}

/** A trailer, an interview and the like; `fallback` is its picture where it has none. */
export function extraCard(extra, fallback) {
  const note = [extra.kind.replaceAll("_", " "), duration(extra.duration)].filter(Boolean).join(" · ");
  return card("still", `/watch/${encodeURIComponent(extra.id)}`, extra.thumbnail ?? fallback, extra.title, note, {});
}

/** How much of something is done; `part` from 0 to 1. Its words are elsewhere. */
export function progressBar(part) {
  const done = h("span", { class: "done" });
  done.style.inlineSize = `${Math.min(100, part * 100)}%`;
  return h("span", { class: "progress", "aria-hidden": "true" }, done);
}

function card(shape, href, url, title, note, attributes) {
  return h(
    "a",
    { class: `card ${shape}`, href, ...attributes },
    h("span", { class: "frame" }, picture(url, { sizes: SIZES[shape] })),
    h("span", { class: "name", dir: "auto" }, title),
    h("span", { class: "note" }, note),
  );
}
