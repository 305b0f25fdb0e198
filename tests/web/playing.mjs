/*
 * What a person does in the player, and what they see. Each scenario returns plain values; what they
 * must be is said in test_segments.py.
 */

/**
 * Wait until the picture is past a time.
 *
 * @param {Page} page
 * @param {number} [from]
 */
export async function playing(page, from = 0.5) {
  await page.until((least) => document.querySelector("video")?.currentTime > least, from);
}

/** @param {Page} page */
function picture(page) {
  return page.evaluate(() => {
    const video = document.querySelector("video");
    return {
      time: video.currentTime,
      frames: video.getVideoPlaybackQuality().totalVideoFrames,
      height: video.videoHeight,
    };
  });
}

/** @param {Page} page @param {number} seconds */
function seekTo(page, seconds) {
  return page.evaluate((to) => document.querySelector("video-player").seek(to), seconds);
}

/** @param {Page} page @param {string} id */
async function openPlayer(page, id) {
  await page.goto(`/show/${id}`);
  await page.click(".actions .main");
  await playing(page);
}

/** @param {Page} page @param {{ id: string }} given */
export async function play(page, { id }) {
  await openPlayer(page, id);
  const first = await picture(page);
  await playing(page, first.time + 0.5);
  return { first, later: await picture(page) };
}

/** @param {Page} page @param {{ id: string, to: number }} given */
export async function seek(page, { id, to }) {
  await openPlayer(page, id);
  const before = await picture(page);
  await seekTo(page, to);
  await playing(page, to + 0.3);
  const after = await picture(page);
  await page.press("ArrowLeft");
  await page.until((seconds) => document.querySelector("video").currentTime < seconds, to - 5);
  return { before, after, back: await picture(page) };
}

/** @param {Page} page @param {{ id: string, to: number }} given */
export async function resume(page, { id, to }) {
  await openPlayer(page, id);
  await seekTo(page, to);
  await playing(page, to + 3);
  await page.press("k");
  const left = (await picture(page)).time;
  await page.until(async (/** @type {[string, number]} */ [video, time]) => {
    const answer = await fetch(`/api/v1/video/${video}/progress`);
    return answer.ok && Math.abs((await answer.json()).position - time) < 0.1;
  }, [id, left]);
  await page.reload();
  await page.until(() => document.querySelector("video")?.currentTime > 0);
  const resumed = (await picture(page)).time;
  await page.goto("/");
  return { left, resumed, begun: await page.text('title-row[data-name="begun"] .name') };
}

/** @param {Page} page @param {{ id: string }} given */
export async function tracks(page, { id }) {
  await openPlayer(page, id);
  await page.press("c");
  const cue = await page.until(() => {
    const shown = [...document.querySelector("video").textTracks].filter(({ mode }) => mode === "showing");
    const said = shown.flatMap(({ activeCues }) => [...(activeCues ?? [])])[0];
    // In lines from below: above the controls, which the key brought.
    return said instanceof VTTCue && Number(said.line) < -1 ? said.text : null;
  });
  await page.click(".settings");
  const groups = await page.texts("player-menu h2");
  const german = '[data-place="Audio 1"]';
  await page.click(german);
  await page.until((chosen) => document.querySelector(chosen).ariaChecked === "true", german);
  const before = (await picture(page)).time;
  await playing(page, before + 1);
  const sound = await page.text(german);
  await page.click('[data-place="Speed 2"]');
  const speed = await page.evaluate(() => document.querySelector("video").playbackRate);
  await page.press("Escape");
  return { cue, groups, sound, speed, open: await page.evaluate(() => !document.querySelector("player-menu").hidden) };
}

/**
 * A network that can carry the best rendition, and then can't: the player must go down by itself.
 *
 * `first` and `then` are bits a second. The first must be slow enough that the film isn't loaded as
 * a whole before the second holds: from memory, nothing is too slow.
 *
 * @param {Page} page
 * @param {{ id: string, first: number, then: number, to: number }} given
 */
export async function throttled(page, { id, first, then, to }) {
  await page.limit(first);
  await openPlayer(page, id);
  const before = (await picture(page)).height;
  await page.limit(then);
  const loaded = await page.evaluate((seconds) => {
    const { buffered } = document.querySelector("video");
    document.querySelector("video-player").seek(seconds);
    return [...Array(buffered.length).keys()].some((n) => buffered.start(n) <= seconds && seconds < buffered.end(n));
  }, to);
  // Long: what is on its way is slow to come, and smaller pictures are made first.
  await page.until((height) => {
    const now = document.querySelector("video").videoHeight;
    return now && now < height;
  }, before, 60_000);
  return { before, loaded, after: (await picture(page)).height };
}

/**
 * Press keys in the player: what each did to the picture.
 *
 * @param {Page} page
 * @param {{ id: string, media: string[] }} given
 */
export async function keys(page, { id, media }) {
  await openPlayer(page, id);
  /** @type {{ [key: string]: (string | number)[] | number }} */
  const seen = {};
  /** @param {string} key @param {() => string | null | undefined} look */
  const press = async (key, look) => {
    await page.press(key);
    seen[key] = [seen[key] ?? [], await page.until(look)].flat();
  };
  const paused = () => (document.querySelector("video").paused ? "paused" : null);
  const runs = () => (document.querySelector("video").paused ? null : "runs");
  for (const key of [" ", "k", ...media]) {
    await press(key, paused);
    await press(key, runs);
  }
  await press("Enter", paused);
  await seekTo(page, 20);
  for (const [key, sign] of Object.entries({ l: 1, j: -1, ArrowRight: 1, ArrowLeft: -1 })) {
    const before = (await picture(page)).time;
    await page.press(key);
    seen[key] = Math.round((await picture(page)).time - before) * sign;
  }
  await press("m", () => (document.querySelector("video").muted ? "muted" : null));
  await press("m", () => (document.querySelector("video").muted ? null : "loud"));
  // The button learns of it a moment later, and until then another press would ask for the same.
  await press("f", () =>
    document.querySelector("media-fullscreen-button[mediaisfullscreen]") ? document.fullscreenElement?.localName : null,
  );
  await press("f", () => (document.fullscreenElement ? null : "small"));
  return seen;
}

/**
 * Fingers: the first tap brings the controls back, the next ones press what is there.
 *
 * @param {Page} page
 * @param {{ id: string }} given
 */
export async function fingers(page, { id }) {
  await openPlayer(page, id);
  const button = ".touch media-play-button";
  await page.until(() => document.querySelector("media-controller").hasAttribute("userinactive"));
  const before = await picture(page);
  await page.tap(button);
  await page.until(() => !document.querySelector("media-controller").hasAttribute("userinactive"));
  await playing(page, before.time + 0.5);
  await page.tap(".touch media-seek-forward-button");
  await playing(page, before.time + 10);
  await page.tap(button);
  await page.until(() => document.querySelector("video").paused);
  return {};
}

/**
 * The system's own controls, which tests can't press: what they are told, and what they would do.
 *
 * @param {Page} page
 * @param {{ id: string }} given
 */
export async function session(page, { id }) {
  await page.before(() => {
    globalThis.actions = {};
    const set = MediaSession.prototype.setActionHandler;
    MediaSession.prototype.setActionHandler = function setActionHandler(name, handler) {
      globalThis.actions[name] = handler;
      return set.call(this, name, handler);
    };
  });
  await openPlayer(page, id);
  const told = await page.evaluate(() => {
    const { title, artist, artwork } = navigator.mediaSession.metadata ?? new MediaMetadata();
    return { title, artist, artwork: artwork.length };
  });
  /** @param {MediaSessionAction} name @param {Omit<MediaSessionActionDetails, "action">} [given] */
  const act = (name, given = {}) =>
    page.evaluate((action, how) => globalThis.actions[action]?.({ ...how, action }), name, given);
  await act("pause");
  await page.until(() => document.querySelector("video").paused);
  await act("seekto", { seekTime: 6 });
  await act("seekbackward", { seekOffset: 2 });
  const { time } = await picture(page);
  await act("play");
  await playing(page, time + 0.3);
  const first = page.path;
  await act("nexttrack");
  await page.until((before) => location.pathname !== before, first);
  await playing(page, 0.3);
  await page.press("Backspace");
  await page.seen(".actions .main");
  return { told, time, after: await page.evaluate(() => navigator.mediaSession.metadata) };
}

/**
 * Watch to the end of an episode, and what comes after it.
 *
 * @param {Page} page
 * @param {{ id: string, end: number }} given
 */
export async function following(page, { id, end }) {
  await openPlayer(page, id);
  await seekTo(page, end);
  const offer = await page.text("next-card:not([hidden]) .name");
  const first = page.path;
  await page.until((before) => location.pathname !== before, first);
  await playing(page, 0.3);
  const title = await page.evaluate(() => document.title);
  await page.press("p");
  await page.until((before) => location.pathname === before, first);
  return { offer, title };
}

/**
 * Say no to the next episode, with the keys that a remote control has.
 *
 * @param {Page} page
 * @param {{ id: string, end: number }} given
 */
export async function staying(page, { id, end }) {
  await openPlayer(page, id);
  await seekTo(page, end);
  await page.seen("next-card:not([hidden])");
  const first = page.path;
  await page.press("ArrowDown");
  const offered = await page.focused();
  await page.press("ArrowRight");
  const refusal = await page.focused();
  await page.press("Enter");
  await page.until(() => document.querySelector("video").ended);
  const hidden = await page.evaluate(() => document.querySelector("next-card").hidden);
  return { offered, refusal, hidden, stayed: page.path === first };
}

/**
 * Choose languages in one episode: what is on in the next?
 *
 * @param {Page} page
 * @param {{ id: string }} given
 */
export async function remembered(page, { id }) {
  await openPlayer(page, id);
  await page.click(".settings");
  for (const place of ["Audio 1", "Subtitles 1"]) {
    await page.click(`[data-place="${place}"]`);
    await page.until((chosen) => document.querySelector(`[data-place="${chosen}"]`).ariaChecked === "true", place);
  }
  await page.press("Escape");
  const first = page.path;
  await page.press("n");
  await page.until((before) => location.pathname !== before, first);
  await playing(page, 0.3);
  await page.click(".settings");
  return { on: await page.texts("player-menu [aria-checked=true]") };
}

/**
 * A film in two files.
 *
 * @param {Page} page
 * @param {{ id: string, end: number }} given
 */
export async function parts(page, { id, end }) {
  await openPlayer(page, id);
  const first = await page.text(".playing span");
  const { path } = page;
  await seekTo(page, end);
  await page.until((before) => location.pathname !== before, path);
  await playing(page, 0.3);
  return { first, second: await page.text(".playing span"), asked: await page.evaluate(() => !document.querySelector("next-card").hidden) };
}

/**
 * Go to a chapter with arrows and Enter alone.
 *
 * @param {Page} page
 * @param {{ id: string, steps: number }} given
 */
export async function chapters(page, { id, steps }) {
  await openPlayer(page, id);
  await page.press("ArrowDown"); // from the picture to its controls
  while (!(await page.evaluate(() => document.activeElement.matches(".chapters")))) await page.press("ArrowRight");
  await page.press("Enter");
  const offered = await page.texts("player-menu button");
  const chosen = await page.text("player-menu [aria-checked=true]");
  for (let count = 0; count < steps; count++) await page.press("ArrowDown");
  const wanted = await page.focused();
  await page.press("Enter");
  await page.until(() => document.querySelector("player-menu").hidden);
  const { time } = await picture(page);
  return { offered, chosen, wanted, time, focused: await page.evaluate(() => document.activeElement.className) };
}

/**
 * Point at a place of the seek bar, a part of its length.
 *
 * @param {Page} page
 * @param {{ id: string, part: number }} given
 */
export async function preview(page, { id, part }) {
  await openPlayer(page, id);
  await page.until(() => [...document.querySelector("video").textTracks].some(({ label, cues }) => label === "thumbnails" && cues?.length));
  await page.point("media-time-range", part);
  return page.until(() => {
    const image = document.querySelector("media-preview-thumbnail");
    const chapter = document.querySelector("media-preview-chapter-display");
    const drawn = image.shadowRoot?.querySelector("img");
    if (!image.checkVisibility({ visibilityProperty: true }) || !drawn?.naturalWidth) return null;
    return {
      time: Number(document.querySelector("media-time-range").getAttribute("mediapreviewtime")),
      image: `${new URL(image.mediaPreviewImage).pathname}#xywh=${image.mediaPreviewCoords}`,
      chapter: chapter.checkVisibility({ visibilityProperty: true }) && chapter.mediaPreviewChapter,
    };
  });
}

/** @param {Page} page @param {{ path: string }} given */
export async function damaged(page, { path }) {
  await page.goto(path);
  return {
    heading: await page.text("[role=alert] h1"),
    reason: await page.text("[role=alert] p"),
    focused: await page.focused(),
  };
}
