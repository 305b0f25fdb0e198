/** The server's API: one function for each request, and its errors. */

import { listenToServer } from "./live.js";
import { logIn } from "./login.js";
import { profileId } from "./profile.js";

const API = "/api/v1";

/** An error answer of the server; `status` 0 where it can't be reached. */
export class ApiError extends Error {
  /**
   * @param {number | undefined} status
   * @param {string} message
   */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/**
 * Say in words what went wrong.
 *
 * @param {unknown} error
 */
export function reasonOf(error) {
  return error instanceof Error ? error.message : String(error);
}

/**
 * The status of an `ApiError`; no other error has one.
 *
 * @param {unknown} error
 */
export function statusOf(error) {
  return error instanceof ApiError ? error.status : undefined;
}

/**
 * Whether the request was aborted.
 *
 * @param {unknown} error
 */
export function isAbort(error) {
  return error instanceof Error && error.name === "AbortError";
}

/** @param {string} path @param {RequestInit} [options] @returns {Promise<Response>} */
async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(API + path, options);
  } catch (error) {
    if (isAbort(error)) throw error;
    listenToServer(); // to hear when it is back
    throw new ApiError(0, "The server can’t be reached.");
  }
  if (response.status === 401) {
    await logIn();
    return call(path, options);
  }
  listenToServer(); // not before: without the password that is refused too
  if (!response.ok) {
    const body = await response.json().catch(() => ({}));
    throw new ApiError(response.status, body.detail ?? `The server answered ${response.status}.`);
  }
  return response;
}

/** @param {string} path @param {RequestInit} [options] */
async function json(path, options) {
  const response = await call(path, options);
  return response.status === 204 ? null : response.json();
}

/** @param {string} method @param {unknown} value */
function withBody(method, value) {
  return { method, body: JSON.stringify(value), headers: { "Content-Type": "application/json" } };
}

const id = encodeURIComponent;

/**
 * A page of shows, of a `kind` or in another order (`sort`) perhaps, and how many there are in all.
 *
 * @param {{ kind?: string, sort?: string, search?: string, limit?: number, offset?: number, signal?: AbortSignal }} wanted
 * @returns {Promise<{ shows: Show[], total: number }>}
 */
export async function shows({ limit = 100, offset = 0, signal, ...asked } = {}) {
  const query = new URLSearchParams({ ...asked, limit: String(limit), offset: String(offset) });
  const response = await call(`/shows?${query}`, { signal });
  return { shows: await response.json(), total: Number(response.headers.get("X-Total-Count")) };
}

/**
 * The same path, for the viewer profile of this device.
 *
 * @param {string} path
 */
function ours(path) {
  return `${path}?${new URLSearchParams({ profile: profileId() })}`;
}

const remove = { method: "DELETE" };

/** @type {(showId: string) => Promise<Show>} */
export const show = (showId) => json(`/shows/${id(showId)}`);
/** @type {(videoId: string) => Promise<Api.VideoValue>} */
export const video = (videoId) => json(ours(`/video/${id(videoId)}`));
/** @type {() => Promise<Api.LibraryProblem[]>} */
export const problems = () => json("/library/problems");
/** @type {() => Promise<Api.CacheUse>} */
export const cacheUse = () => json("/library/cache");

// What was watched, and what comes next

/** @type {() => Promise<Api.HistoryItem[]>} */
export const continueWatching = () => json(ours("/history/continue"));
/** @type {() => Promise<Api.HistoryItem[]>} */
export const nextUp = () => json(ours("/history/next"));
/** @param {string} showId */
export const dismiss = (showId) => json(ours(`/history/next/${id(showId)}`), remove);
/** @type {(showId: string) => Promise<Api.ShowProgressValue>} */
export const showProgress = (showId) => json(ours(`/shows/${id(showId)}/progress`));

/**
 * Save the position, in seconds; also while the page is being closed.
 *
 * @param {string} videoId
 * @param {number} position
 */
export function saveProgress(videoId, position) {
  const request = { ...withBody("PUT", { position }), keepalive: true };
  return json(ours(`/video/${id(videoId)}/progress`), request);
}

/**
 * Mark a video as seen or not; answers with the progress of its show.
 * @type {(videoId: string, seen: boolean) => Promise<Api.ShowProgressValue>}
 */
export const markVideo = (videoId, seen) =>
  json(ours(`/video/${id(videoId)}/watched`), { method: seen ? "PUT" : "DELETE" });

/**
 * Mark a season, or without one a whole show, as seen or not.
 *
 * @param {string} showId
 * @param {number | null | undefined} season
 * @param {boolean} seen
 * @returns {Promise<Api.ShowProgressValue>}
 */
export function markShow(showId, season, seen) {
  const query = season == null ? "" : `&season=${season}`;
  return json(ours(`/shows/${id(showId)}/watched`) + query, { method: seen ? "PUT" : "DELETE" });
}

/**
 * Remember languages for the show of a video.
 *
 * @param {string} videoId
 * @param {Api.ChoicesValue} choices
 */
export const saveChoices = (videoId, choices) =>
  json(ours(`/video/${id(videoId)}/choices`), withBody("PUT", choices));

// Profiles

/** @type {() => Promise<Api.ProfileValue[]>} */
export const profiles = () => json("/profiles");
/** @type {(name: string) => Promise<Api.ProfileValue>} */
export const addProfile = (name) => json("/profiles", withBody("POST", { name }));
/** @param {string} profile */
export const removeProfile = (profile) => json(`/profiles/${id(profile)}`, remove);

// Sealing and pushing

/** @type {(showId: string) => Promise<Api.EpisodeRoot[]>} */
export const roots = (showId) => json(`/shows/${id(showId)}/roots`);
/** @param {string} videoId */
export const seal = (videoId) => json(`/video/${id(videoId)}/seal`, withBody("POST", {}));
/** @type {() => Promise<Api.PushListValue>} */
export const pushes = () => json("/pushes");
/** @type {(videoId: string, server: string) => Promise<Api.PushValue>} */
export const push = (videoId, server) => json(`/video/${id(videoId)}/push`, withBody("POST", { server }));
/** @param {string} videoId @param {string} server */
export const stopPush = (videoId, server) => json(`/video/${id(videoId)}/push?${new URLSearchParams({ server })}`, remove);

/**
 * What was sealed last, and how many videos are sealed in all.
 *
 * @param {number} limit
 * @returns {Promise<{ videos: Api.SealedValue[], total: number }>}
 */
export async function sealed(limit) {
  const response = await call(`/library/sealed?${new URLSearchParams({ limit: String(limit) })}`);
  return { videos: await response.json(), total: Number(response.headers.get("X-Total-Count")) };
}

// The password

/** @type {() => Promise<Api.LoginValue>} */
export const login = () => json("/login");
export const logOut = () => json("/login", remove);
