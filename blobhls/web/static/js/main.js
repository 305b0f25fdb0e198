/** Where everything begins. */
import { listen } from "./keys.js";
import { navigate, start } from "./router.js";
import { listenToSearch } from "./search-box.js";
import { makeBrowse } from "./views/browse.js";
import { makeHome } from "./views/home.js";
import { makeOperator } from "./views/operator.js";
import { makeProfiles } from "./views/profiles.js";
import { makeSearch } from "./views/search.js";
import { makeShow } from "./views/show.js";
import { makeWatch } from "./views/watch.js";

const ROUTES = [
  [/^\/$/, makeHome],
  [/^\/movies$/, () => makeBrowse("movie")],
  [/^\/series$/, () => makeBrowse("series")],
  [/^\/search$/, makeSearch],
  [/^\/show\/([^/]+)$/, makeShow],
  [/^\/watch\/([^/]+)$/, makeWatch],
  [/^\/profiles$/, makeProfiles],
  [/^\/operator$/, makeOperator],
];

listen();
listenToSearch(document.querySelector("#top form"), navigate);
start(ROUTES, document.getElementById("view"));
navigator.serviceWorker?.register("/service-worker.js").catch(() => {
  // Without HTTPS, or in a private window: the page works as well without.
});
