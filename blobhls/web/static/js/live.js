/** What the server tells by itself: titles that come and go, how far sealing and pushing are. */

const NAMES = ["library", "scan", "seal", "push", "previews", "reset"];
const REFUSED = 30_000; // milliseconds until another attempt: perhaps somebody gave the password

const heard = new EventTarget();
const latest = new Map(); // name of an event → its data
let begun = false;
/** @type {EventSource | null} */
let events = null;
let last = ""; // id of the event that came last
let timer = 0;

/**
 * Have `tell` called with the data of every event of a name; returns what ends that. Beside those
 * of the server there is `open`: it can be reached, perhaps again.
 *
 * @template {keyof ServerEvents} N
 * @param {N} name
 * @param {(data: ServerEvents[N]) => unknown} act
 */
export function hear(name, act) {
  /** @param {Event} event */
  const listener = (event) => act(/** @type {CustomEvent} */ (event).detail);
  heard.addEventListener(name, listener);
  return () => heard.removeEventListener(name, listener);
}

/**
 * Data of the latest event of a name; undefined before there was one.
 *
 * @template {keyof ServerEvents} N
 * @param {N} name
 * @returns {ServerEvents[N] | undefined}
 */
export const lastHeard = (name) => latest.get(name);

/**
 * Listen from now on, for as long as somebody looks at the page. Browsers open few connections to
 * one server: a page in the background must not hold one, and hears what it missed when it is
 * looked at again.
 */
export function listenToServer() {
  if (!begun) {
    document.addEventListener("visibilitychange", listen);
    addEventListener("pagehide", stop);
    addEventListener("pageshow", listen);
  }
  begun = true;
  listen();
}

function listen() {
  if (events && events.readyState !== EventSource.CLOSED && !document.hidden) return;
  stop();
  if (document.hidden) return;
  const stream = new EventSource(`/api/v1/events${last && `?${new URLSearchParams({ after: last })}`}`);
  events = stream;
  for (const name of NAMES) stream.addEventListener(name, tell);
  stream.onopen = () => heard.dispatchEvent(new CustomEvent("open"));
  stream.onerror = () => {
    // Otherwise the browser connects again by itself.
    if (events === stream && stream.readyState === EventSource.CLOSED) timer = setTimeout(listen, REFUSED);
  };
}

function stop() {
  clearTimeout(timer);
  events?.close();
  events = null;
}

/** @param {MessageEvent<string>} event */
function tell({ type, data, lastEventId }) {
  last = lastEventId;
  latest.set(type, JSON.parse(data));
  heard.dispatchEvent(new CustomEvent(type, { detail: latest.get(type) }));
}
