/** What the server tells by itself: titles that come and go. */
import { catalogue } from "./catalogue.js";

const REFUSED = 30_000; // milliseconds until another attempt: perhaps somebody gave the password
const PAUSE = 1000; // milliseconds: a scan tells many changes, one after the other

/** Listen for as long as the page is open; the browser connects again by itself. */
export function listenToServer() {
  const events = new EventSource("/api/v1/events");
  let timer = 0;
  const reload = () => {
    clearTimeout(timer);
    timer = setTimeout(() => catalogue.refresh(), PAUSE);
  };
  for (const name of ["library", "reset"]) events.addEventListener(name, reload);
  events.onerror = () => {
    if (events.readyState === EventSource.CLOSED) setTimeout(listenToServer, REFUSED);
  };
  // Browsers open few connections to one server: one that nobody looks at must not hold one.
  addEventListener("pagehide", () => events.close());
}
