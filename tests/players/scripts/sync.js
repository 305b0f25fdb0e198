/* global video, errors -- of players.js */
// In the page: seeks in a film that flashes and beeps, and says when it was seen and heard to.
//
// Both times are the media's, so a busy machine changes neither. A picture says its own. Sound is
// counted: it begins with the very sample of the place where it was started, and as this film is
// never quite silent, silence is what the machine was late with, and is not counted.
const SAMPLE_RATE = 48_000; // Hz, of the film and of what listens
const SILENCE = 16; // samples in a row that are 0
const LOUD = 0.05; // beeps are, the hum is not
const AFTER = 0.2; // seconds that are listened to after a flash
// What is looked at, in pictures after the flash, and how old it may be: of a transport stream hls.js
// states times from which the browser, standing, takes the last picture of a segment but one to last.
const BEFORE = { after: -0.5, old: 2 };
const FLASHING = { after: 0.5, old: 1 };
const LOOKS = 600; // at what is shown
const AHEAD = 4; // seconds that are loaded
const CANVAS = /** @type {OffscreenCanvasRenderingContext2D} */ (
  new OffscreenCanvas(64, 40).getContext("2d", { willReadFrequently: true })
);

// When hls.js has put a segment of this level or audio track into the browser.
/** @type {(hls: import("hls.js").default, type: string, level?: number) => Promise<void>} */
const buffered = (hls, type, level) =>
  new Promise((done) => {
    /** @type {import("hls.js").HlsListeners["hlsFragBuffered"]} */
    const look = (_, { frag }) => {
      if (frag.type !== type || (level ?? frag.level) !== frag.level) return;
      hls.off(Hls.Events.FRAG_BUFFERED, look);
      done();
    };
    hls.on(Hls.Events.FRAG_BUFFERED, look);
  });

async function tapped() {
  const context = new AudioContext({ sampleRate: SAMPLE_RATE });
  await context.audioWorklet.addModule("tap.js");
  const tap = new AudioWorkletNode(context, "tap");
  context.createMediaElementSource(video).connect(tap).connect(context.destination);
  video.muted = false;
  await context.resume();
  return tap.port;
}

// What is left of samples without what is quite silent.
/** @param {Float32Array} samples */
function audible(samples) {
  /** @type {number[]} */
  const kept = [];
  let silent = 0;
  for (const sample of samples) {
    silent = sample === 0 ? silent + 1 : 0;
    kept.push(sample);
    if (silent === SILENCE) kept.length -= SILENCE;
    else if (silent > SILENCE) kept.length -= 1;
  }
  return kept;
}

// Plays from where the film stands until `seconds` have been heard; null if it has jumped meanwhile,
// as hls.js lets it where a busy machine stands still.
/** @param {MessagePort} port @param {number} seconds */
async function hear(port, seconds) {
  /** @type {number[]} */
  let heard = [];
  let jumped = false;
  const notice = () => (jumped = true);
  video.addEventListener("seeking", notice);
  /** @type {Promise<void>} */
  const enough = new Promise((done) => {
    port.onmessage = ({ data }) => {
      heard = heard.concat(audible(data));
      if (heard.length >= seconds * SAMPLE_RATE) done();
    };
  });
  await video.play();
  await enough;
  video.pause();
  port.onmessage = null;
  video.removeEventListener("seeking", notice);
  return jumped ? null : heard;
}

// Where the middle of a beep lies, in seconds: the centre of its energy.
/** @param {number[]} samples */
function middle(samples) {
  let energy = 0;
  let moment = 0;
  samples.forEach((sample, place) => {
    const power = Math.abs(sample) > LOUD ? sample * sample : 0;
    energy += power;
    moment += power * place;
  });
  return moment / energy / SAMPLE_RATE;
}

// The picture that is shown: its time, and how much of it is white.
function shown() {
  const frame = new VideoFrame(video);
  const { width, height } = CANVAS.canvas;
  CANVAS.drawImage(frame, 0, 0, width, height);
  const { data } = CANVAS.getImageData(0, 0, width, height);
  let white = 0;
  for (let green = 1; green < data.length; green += 4) white += Number(data[green] > 200);
  const seen = { time: frame.timestamp / 1e6, white: white / (width * height) };
  frame.close();
  return seen;
}

// The picture at a place, not older than `old` seconds. A busy browser says that it is there before
// it shows it; if it never does, what it shows is what there is to see.
/** @param {number} at @param {number} old */
async function picture(at, old) {
  await seek(at);
  let seen = shown();
  for (let look = 0; look < LOOKS && Math.abs(at - seen.time) > old; look++) {
    await new Promise(requestAnimationFrame);
    seen = shown();
  }
  return seen;
}

// Each of the two empties the browser's buffer.
/** @param {import("hls.js").default} hls @param {number} level @param {number} sound */
async function switchTo(hls, level, sound) {
  if (hls.audioTrack !== sound) {
    const there = buffered(hls, "audio", sound);
    hls.audioTrack = sound;
    await there;
  }
  if (hls.manualLevel === level) return;
  const there = buffered(hls, "main", level);
  hls.currentLevel = level;
  await there;
}

/** @param {number} to */
async function seek(to) {
  const there = new Promise((done) => video.addEventListener("seeked", done, { once: true }));
  video.currentTime = to;
  await there;
}

/** @param {import("hls.js").default} hls @param {MessagePort} port @param {Place} place @param {number} fps */
async function measure(hls, port, { level, sound, flash, before }, fps) {
  await switchTo(hls, level, sound);
  let begun = 0;
  let heard = null;
  while (!heard) {
    await seek(flash - before);
    begun = video.currentTime;
    heard = await hear(port, flash - begun + AFTER);
  }
  const pictures = [];
  for (const { after, old } of [BEFORE, FLASHING])
    pictures.push(await picture(flash + after / fps, old / fps));
  return { beep: begun + middle(heard), pictures, height: video.videoHeight };
}

// Goes from one `place` to the next: { level, sound, flash, before }, the latter two in seconds.
/** @param {string} url @param {Place[]} places @param {number} fps */
async function follow(url, places, fps) {
  // It never comes to the film's end: hls.js, once it has told the browser of that, does not load
  // what a change of level has thrown away, and the picture stands while the sound goes on.
  const hls = new Hls({ maxBufferLength: AHEAD, maxMaxBufferLength: AHEAD });
  hls.on(Hls.Events.ERROR, (_, { fatal, details }) => errors.push({ fatal, details }));
  const loaded = buffered(hls, "main");
  hls.loadSource(url);
  hls.attachMedia(video);
  const port = await tapped();
  await loaded;
  const measured = [];
  for (const place of places) measured.push(await measure(hls, port, place, fps));
  return { measured, heights: hls.levels.map(({ height }) => height), errors };
}
