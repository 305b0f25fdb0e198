/** The server's API; what every request is called, and how it fails. */

import { listenToServer } from "./live.js";
import { logIn } from "./login.js";
import { profileId } from "./profile.js";

const API = "/api/v1";

/** What the server refused, or that it can't be reached (`status` 0). */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(API + path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    listenToServer(); // to hear when it is back
    throw new ApiError(0, "The server can’t be reached.");
  }
  if (response.status === 401) {
    await logIn();
    return call(path, options);
  }
  listenToServer(); // not before: who has not said the password is refused there as well
  if (!response.ok) {
    const body = await response.json().catch(() => ({}));
    throw new ApiError(response.status, body.detail ?? `The server answered ${response.status}.`);
  }
  return response;
}

async function json(path, options) {
  const response = await call(path, options);
  return response.status === 204 ? null : response.json();
}

function withBody(method, value) {
  return { method, body: JSON.stringify(value), headers: { "Content-Type": "application/json" } };
}

const id = encodeURIComponent;

/** A page of shows, of a `kind` or in another order (`sort`) perhaps, and how many there are in all. */
export async function shows({ limit = 100, offset = 0, signal, ...asked } = {}) {
  const query = new URLSearchParams({ ...asked, limit, offset });
  const response = await call(`/shows?${query}`, { signal });
  return { shows: await response.json(), total: Number(response.headers.get("X-Total-Count")) };
}

/** The same path, about the history of whoever watches here. */
function ours(path) {
  return `${path}?${new URLSearchParams({ profile: profileId() })}`;
}

const remove = { method: "DELETE" };

export const show = (showId) => json(`/shows/${id(showId)}`);
export const video = (videoId) => json(ours(`/video/${id(videoId)}`));
export const problems = () => json("/library/problems");
export const cacheUse = () => json("/library/cache");

// What was watched, and what comes next

export const continueWatching = () => json(ours("/history/continue"));
export const nextUp = () => json(ours("/history/next"));
export const dismiss = (showId) => json(ours(`/history/next/${id(showId)}`), remove);
export const showProgress = (showId) => json(ours(`/shows/${id(showId)}/progress`));

/** Save where somebody is, in seconds; also while the page goes away. */
export function saveProgress(videoId, position) {
  const request = { ...withBody("PUT", { position }), keepalive: true };
  return json(ours(`/video/${id(videoId)}/progress`), request);
}

/** Say that a video was seen or not; answers with the progress of its show. */
export const markVideo = (videoId, seen) =>
  json(ours(`/video/${id(videoId)}/watched`), { method: seen ? "PUT" : "DELETE" });

/** Say that a season, or without one a whole show, was seen or not. */
export function markShow(showId, season, seen) {
  const query = season == null ? "" : `&season=${season}`;
  return json(ours(`/shows/${id(showId)}/watched`) + query, { method: seen ? "PUT" : "DELETE" });
}

/** Remember languages for the show of a video. */
export const saveChoices = (videoId, choices) =>
  json(ours(`/video/${id(videoId)}/choices`), withBody("PUT", choices));

// Profiles

export const profiles = () => json("/profiles");
export const addProfile = (name) => json("/profiles", withBody("POST", { name }));
export const removeProfile = (profile) => json(`/profiles/${id(profile)}`, remove);

// Sealing and pushing

export const roots = (showId) => json(`/shows/${id(showId)}/roots`);
export const seal = (videoId) => json(`/video/${id(videoId)}/seal`, withBody("POST", {}));
export const pushes = () => json("/pushes");
export const push = (videoId, server) => json(`/video/${id(videoId)}/push`, withBody("POST", { server }));
export const stopPush = (videoId, server) => json(`/video/${id(videoId)}/push?${new URLSearchParams({ server })}`, remove);

/** What was sealed last, and how many videos are sealed in all. */
export async function sealed(limit) {
  const response = await call(`/library/sealed?${new URLSearchParams({ limit })}`);
  return { videos: await response.json(), total: Number(response.headers.get("X-Total-Count")) };
}

// The password

export const login = () => json("/login");
export const logOut = () => json("/login", remove);
