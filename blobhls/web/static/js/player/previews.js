/** Preview images over the seek bar, as soon as the server has rendered them. */

const PAUSE = 10_000; // milliseconds between two requests; previews are rendered after everything else
const MOST = 30; // requests

/**
 * Give `video` the previews at `url`; media-chrome looks for a track of this label.
 *
 * @param {HTMLVideoElement} video
 * @param {string} url
 */
export async function addPreviews(video, url) {
  for (let count = 0; count < MOST && video.isConnected; count++) {
    const answer = await fetch(url).catch(() => null);
    if (answer?.status === 200) {
      const track = document.createElement("track");
      Object.assign(track, { kind: "metadata", label: "thumbnails", default: true, src: url });
      video.append(track);
      track.track.mode = "hidden"; // Firefox loads it only then, in spite of `default`
    }
    if (answer?.status !== 202) return;
    await new Promise((done) => setTimeout(done, PAUSE));
  }
}
