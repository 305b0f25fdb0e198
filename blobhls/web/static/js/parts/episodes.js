/** Seasons and episodes of a series, and the mark of what was seen. */
import { h, icon, picture } from "../dom.js";
import { duration, seasonName } from "../words.js";
import { progressBar } from "./cards.js";

/**
 * A button that says whether something was seen, and changes it: `mark` is called with the new
 * state. `name` is for screen readers.
 *
 * @param {string} name
 * @param {boolean} seen
 * @param {(seen: boolean) => void} mark
 */
export function seenButton(name, seen, mark, { words = "Seen", place = name } = {}) {
  return h(
    "button",
    {
      type: "button",
      class: "button seen",
      "aria-pressed": String(seen),
      "aria-label": `${name}: ${words.toLowerCase()}`,
      "data-place": place,
      onclick: () => mark(!seen),
    },
    icon("check"),
    words,
  );
}

/**
 * The episodes of `season` of a series, and a choice of the others. `watched` maps ids of videos to
 * their progress; `choose` is called with a season, `mark` with a video id or null for the whole
 * season, and whether it was seen.
 *
 * @param {Api.SeriesValue} show
 * @param {number | null | undefined} season
 * @param {Record<string, Api.WatchProgress | undefined>} watched
 * @param {{ choose: (season: number | null) => void, mark: Mark }} acts
 */
export function episodeList(show, season, watched, { choose, mark }) {
  const seasons = [...new Set(show.episodes.map((episode) => episode.season))];
  const tabs = seasons.map((other) =>
    h(
      "button",
      {
        type: "button",
        class: "button tab",
        "aria-pressed": String(other === season),
        "data-place": `season ${other}`,
        onclick: () => choose(other),
      },
      seasonName(other),
    ),
  );
  const episodes = show.episodes.filter((episode) => episode.season === season);
  const all = episodes.every(({ id }) => watched[id]?.finished);
  const whole = seenButton(seasonName(season), all, (seen) => mark(null, seen), { words: "All seen" });
  return h(
    "section",
    { "aria-label": "Episodes" },
    h("div", { class: "tabs", role: "group", "aria-label": "Seasons" }, tabs, whole),
    h("ul", { class: "episodes" }, episodes.map((episode) => episodeRow(episode, watched[episode.id], mark))),
  );
}

/** @typedef {(videoId: string | null, seen: boolean) => void} Mark */

/** @param {Api.EpisodeValue} episode @param {Api.WatchProgress | undefined} progress @param {Mark} mark */
function episodeRow(episode, progress, mark) {
  const frame = h("span", { class: "frame" }, picture(episode.thumbnail, { sizes: "max(7rem, 14vw)" }));
  if (progress && !progress.finished && progress.duration) {
    frame.append(progressBar(progress.position / progress.duration));
  }
  const { id, index, title, aired, plot } = episode;
  return h(
    "li",
    {},
    h(
      "a",
      { class: "episode", href: `/watch/${encodeURIComponent(episode.id)}` },
      frame,
      h(
        "span",
        { class: "words" },
        h("span", { class: "name", dir: "auto" }, [episode.episode, title].filter((part) => part != null).join(". ")),
        h("span", { class: "note" }, [duration(episode.duration), aired].filter(Boolean).join(" · ")),
        plot && h("span", { class: "plot", dir: "auto" }, plot),
      ),
    ),
    seenButton([index, title].filter(Boolean).join(" "), Boolean(progress?.finished), (seen) => mark(id, seen), { place: id }),
  );
}
