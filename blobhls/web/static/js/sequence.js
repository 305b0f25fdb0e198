/** What plays before and after a video: the parts of a film in several files, the episodes of a series. */

/**
 * Everything that a show plays by default, in order; a movie is a series of one episode.
 *
 * @param {Show} show
 * @returns {Playable[]}
 */
export function episodesOf(show) {
  if (show.kind === "series") return show.episodes;
  const { info, duration, versions } = show;
  return [{ id: info.id, index: "", title: info.title, duration, versions }];
}

/**
 * The version that a video is, or is a part of.
 *
 * @param {Playable} episode
 * @param {string} videoId
 */
function versionOf({ versions = [] }, videoId) {
  return versions.find(({ parts }) => parts.some(({ id }) => id === videoId));
}

/**
 * A version's video ids, in the order they play; a file in one part is a list of one.
 *
 * @param {Playable} episode
 * @param {string} videoId
 */
function partsOf(episode, videoId) {
  return versionOf(episode, videoId)?.parts.map(({ id }) => id) ?? [episode.id];
}

/**
 * Find a video in a show: `{episode, part, parts, previous, next}`.
 *
 * `part` counts from 0. `previous` and `next` are `{id, episode}`, where `episode` is null for
 * another part of the same; both are missing at an end. A video that is no episode, such as a
 * trailer, has neither.
 *
 * @param {Show} show
 * @param {string} videoId
 * @returns {Place}
 */
export function placeOf(show, videoId) {
  const episodes = episodesOf(show);
  const at = episodes.findIndex((e) => e.id === videoId || partsOf(e, videoId).includes(videoId));
  if (at < 0) return { episode: null, part: 0, parts: 1 };
  const parts = partsOf(episodes[at], videoId);
  const part = Math.max(0, parts.indexOf(videoId));
  // The version stays the same, where the other episode has it too.
  const label = versionOf(episodes[at], videoId)?.label;
  /** @param {Playable} episode */
  const same = ({ versions = [] }) => versions.find((version) => version.label === label);
  /** @param {Playable | undefined} episode */
  const whole = (episode) => episode && { id: same(episode)?.id ?? episode.id, episode };
  /** @param {string | undefined} id */
  const piece = (id) => (id ? { id, episode: null } : undefined);
  return {
    episode: episodes[at],
    part,
    parts: parts.length,
    previous: piece(parts[part - 1]) ?? whole(episodes[at - 1]),
    next: piece(parts[part + 1]) ?? whole(episodes[at + 1]),
  };
}

/**
 * Choose what Play plays: what the server says comes next, or the first episode.
 * Returns `{id, episode}`; `id` may be that of another version or part.
 *
 * @param {Show} show
 * @param {string | null} next
 */
export function currentOf(show, next) {
  const episodes = episodesOf(show);
  const episode = next && placeOf(show, next).episode;
  if (episode) return { id: next, episode };
  const first = episodes.find(({ season }) => season !== 0) ?? episodes[0];
  return { id: first.id, episode: first };
}
