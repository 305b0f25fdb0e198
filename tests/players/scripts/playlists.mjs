// Reads master playlists, and every playlist that they name, with hls-parser in strict mode.
import HLS from "hls-parser";
import { tell } from "../../clients/scripts/loopback.mjs";

HLS.setOptions({ strictMode: true, silent: true });

/** @param {string} url */
async function read(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${answer.status} ${url}`);
  try {
    return HLS.parse(await answer.text());
  } catch (error) {
    throw new Error(`${url}: ${reasonOf(error)}`, { cause: error });
  }
}

/** @param {unknown} error */
function reasonOf(error) {
  return error instanceof Error ? error.message : String(error);
}

/** @param {HLS.types.MasterPlaylist} master */
function* links(master) {
  for (const variant of master.variants) {
    yield variant.uri;
    for (const kind of /** @type {const} */ (["audio", "video", "subtitles"])) {
      for (const rendition of variant[kind]) if (rendition.uri) yield rendition.uri;
    }
  }
}

/** @param {string} url */
async function readAll(url) {
  try {
    const master = await read(url);
    if (!("variants" in master)) throw new Error(`${url} is no master playlist`);
    const found = new Set([...links(master)].map((link) => new URL(link, url).href));
    const playlists = await Promise.all([...found].map(read));
    return {
      playlists: playlists.length,
      segments: playlists.reduce((sum, playlist) => sum + ("segments" in playlist ? playlist.segments.length : 0), 0),
      error: null,
    };
  } catch (error) {
    return { playlists: 0, segments: 0, error: reasonOf(error) };
  }
}

await tell(async (/** @type {{ urls: string[] }} */ { urls }) => {
  /** @type {{ [url: string]: object }} */
  const answers = {};
  for (const url of urls) answers[url] = await readAll(url);
  return answers;
});
