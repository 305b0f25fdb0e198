/** The server's API; what every request is called, and how it fails. */

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
    throw new ApiError(0, "The server can’t be reached.");
  }
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

/** A page of shows, and how many there are in all. */
export async function shows({ search = "", limit = 100, offset = 0, signal } = {}) {
  const query = new URLSearchParams({ search, limit, offset });
  const response = await call(`/shows?${query}`, { signal });
  return { shows: await response.json(), total: Number(response.headers.get("X-Total-Count")) };
}

export const show = (showId) => json(`/shows/${id(showId)}`);
export const video = (videoId) => json(`/video/${id(videoId)}`);
export const history = (limit) => json(`/history?limit=${limit}`);
export const continueWatching = () => json("/history/continue");
export const nextUp = () => json("/history/next");
export const problems = () => json("/library/problems");
export const roots = (showId) => json(`/shows/${id(showId)}/roots`);
export const sealing = (videoId) => json(`/video/${id(videoId)}/seal`);
export const seal = (videoId) => json(`/video/${id(videoId)}/seal`, withBody("POST", {}));

/** Save where somebody is, in seconds; also while the page goes away. */
export function saveProgress(videoId, position) {
  const request = { ...withBody("PUT", { position }), keepalive: true };
  return json(`/video/${id(videoId)}/progress`, request);
}

export const forgetProgress = (videoId) =>
  json(`/video/${id(videoId)}/progress`, { method: "DELETE" });
