/** Seasons and episodes of a series, and the mark of what was seen. */
import * as api from "../api.js";
import { h, icon, picture } from "../dom.js";
import { duration, seasonName } from "../words.js";
import { progressBar } from "./cards.js";

/** A button that marks a video as seen, or as not; `changed` is called when it is. */
export function seenButton(video, progress, changed) {
  const seen = Boolean(progress?.finished);
  const change = async () => {
    await (seen ? api.forgetProgress(video.id) : api.saveProgress(video.id, video.duration));
    changed();
  };
  const name = [video.index, video.title].filter(Boolean).join(" ");
  return h(
    "button",
    {
      type: "button",
      class: "button seen",
      "aria-pressed": String(seen),
      "aria-label": `${name}: seen`,
      "data-video": video.id,
      disabled: video.duration == null,
      onclick: change,
    },
    icon("check"),
    "Seen",
  );
}

/**
 * Episodes of `season` of a series, and the choice of others; `choose` is called with one.
 * `watched` maps video ids to their progress.
 */
export function episodeList(show, season, watched, { choose, changed }) {
  const seasons = [...new Set(show.episodes.map((episode) => episode.season))];
  const tabs = seasons.map((other) =>
    h(
      "button",
      {
        type: "button",
        class: "button tab",
        "aria-pressed": String(other === season),
        "data-season": String(other),
        onclick: () => choose(other),
      },
      seasonName(other),
    ),
  );
  const rows = show.episodes
    .filter((episode) => episode.season === season)
    .map((episode) => episodeRow(episode, watched.get(episode.id), changed));
  return h(
    "section",
    { "aria-label": "Episodes" },
    tabs.length > 1 && h("div", { class: "tabs", role: "group", "aria-label": "Seasons" }, tabs),
    h("ul", { class: "episodes" }, rows),
  );
}

function episodeRow(episode, progress, changed) {
  const frame = h("span", { class: "frame" }, picture(episode.thumbnail));
  if (progress && !progress.finished && progress.duration) {
    frame.append(progressBar(progress.position / progress.duration));
  }
  const { title, aired, plot } = episode;
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
        h("span", { class: "name" }, [episode.episode, title].filter((part) => part != null).join(". ")),
        h("span", { class: "note" }, [duration(episode.duration), aired].filter(Boolean).join(" · ")),
        plot && h("span", { class: "plot" }, plot),
      ),
    ),
    seenButton(episode, progress, changed),
  );
}
