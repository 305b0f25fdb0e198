/** Events of the server: titles added and removed, progress of sealing and pushing. */

const NAMES = ["library", "scan", "seal", "push", "previews", "reset"];
const REFUSED = 30_000; // milliseconds until another attempt: the password may have been given

const heard = new EventTarget();
const latest = new Map(); // name of an event → its data
let begun = false;
/** @type {EventSource | null} */
let events = null;
let last = ""; // id of the event that came last
let timer = 0;

/**
 * Call `act` with the data of every event of a name; returns a function that stops that. Besides
 * the server's events there is `open`: the server can be reached, perhaps again.
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
 * Listen from now on, for as long as the page is visible. Browsers open few connections to
 * one server: a page in the background must not hold one, and gets the events that it missed
 * when it is visible again.
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
