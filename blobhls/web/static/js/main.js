/** The entry point of the page. */
import { h, there } from "./dom.js";
import { listen } from "./keys.js";
import { navigate, start } from "./router.js";
import { listenToSearch } from "./search-box.js";
import { makeBrowse } from "./views/browse.js";
import { makeHome } from "./views/home.js";
import { makeSearch } from "./views/search.js";
import { makeShow } from "./views/show.js";
import { makeWatch } from "./views/watch.js";

/** @type {Route[]} */
const ROUTES = [
  [/^\/$/, makeHome],
  [/^\/movies$/, () => makeBrowse("movie")],
  [/^\/series$/, () => makeBrowse("series")],
  [/^\/search$/, makeSearch],
  [/^\/show\/([^/]+)$/, makeShow],
  [/^\/watch\/([^/]+)$/, makeWatch],
  [/^\/profiles$/, () => later("profiles-view", "./views/profiles.js")],
  [/^\/operator$/, () => later("operator-view", "./views/operator.js")],
];

/**
 * Make a rarely opened view; its modules are loaded when it is opened.
 *
 * @param {"profiles-view" | "operator-view"} name
 * @param {string} module
 */
function later(name, module) {
  import(module);
  return h(name);
}

listen();
listenToSearch(there(document.querySelector("#top form")), navigate);
start(ROUTES, there(document.getElementById("view")));
navigator.serviceWorker?.register("/service-worker.js").catch(() => {
  // Without HTTPS, or in a private window: the page works as well without.
});
