/** Chapters of a video: marks on the seek bar with their names over it, and a menu. */
import { clock } from "../words.js";

const FAR = 1e9; // seconds: after any end

/**
 * Give `video` its chapters; media-chrome draws what a track of this kind holds.
 *
 * @param {HTMLVideoElement} video
 * @param {Api.ChapterValue[]} chapters
 */
export function markChapters(video, chapters) {
  if (chapters.length < 2) return;
  const track = video.addTextTrack("chapters");
  chapters.forEach((chapter, at) => {
    // The audio may end a little after the last chapter: no mark for that.
    const end = chapters[at + 1] ? chapter.end : FAR;
    track.addCue(new VTTCue(chapter.start, end, nameOf(chapter, at)));
  });
}

/**
 * Make a menu of chapters in which the one at `position` is chosen; `seek` goes to a time.
 *
 * @param {Api.ChapterValue[]} chapters
 * @param {number} position
 * @param {(seconds: number) => void} seek
 * @returns {Menu}
 */
export function chapterMenu(chapters, position, seek) {
  const current = chapters.findLastIndex(({ start }) => start <= position);
  return {
    name: "Chapters",
    options: chapters.map((chapter, id) => ({
      id,
      label: nameOf(chapter, id),
      time: clock(chapter.start),
      chosen: id === current,
    })),
    choose: (id) => seek(chapters[id].start),
  };
}

/** @param {Api.ChapterValue} chapter @param {number} at */
function nameOf({ title }, at) {
  return title || `Chapter ${at + 1}`;
}
