/** Running and ended pushes, as this page knows them. */
import * as api from "./api.js";
import { hear } from "./live.js";

const SERVERS = "servers"; // key in the browser's storage
const REMEMBERED = 5;

class Pushes extends EventTarget {
  /** @type {string | null} */
  signer = null; // npub that signs; null: no key, nothing can be pushed
  /** @type {Map<string, Api.PushValue>} */
  #all = new Map();
  /** @type {Promise<void> | null} */
  #loaded = null;

  /** Fetch what there is, once; from then on `change` is fired whenever something happens. */
  load() {
    this.#loaded ??= this.#fetch().then(
      () => {
        hear("push", (push) => this.#put(push));
        hear("reset", () => this.#fetch().catch(() => {}));
      },
      (error) => {
        this.#loaded = null;
        throw error;
      },
    );
    return this.#loaded;
  }

  /** Running pushes, then the others; the latest first. */
  get all() {
    const found = [...this.#all.values()].reverse();
    return [...found.filter(goesOn), ...found.filter((push) => !goesOn(push))];
  }

  /**
   * Hosts that a video is on its way to.
   *
   * @param {string} id
   */
  hostsOf(id) {
    return this.all.filter((push) => push.id === id && goesOn(push)).map(({ server }) => new URL(server).host);
  }

  /**
   * Begin to push; rejects with an `ApiError`.
   *
   * @param {string} id
   * @param {string} server
   */
  async start(id, server) {
    const push = await api.push(id, server);
    remember(push.server);
    this.#put(push);
    return push;
  }

  /** @param {Api.PushValue} push */
  async stop({ id, server }) {
    await api.stopPush(id, server);
  }

  async #fetch() {
    const { signer, pushes } = await api.pushes();
    this.signer = signer;
    this.#all = new Map(pushes.reverse().map((push) => [key(push), push]));
    this.dispatchEvent(new Event("change"));
  }

  /** @param {Api.PushValue} push */
  #put(push) {
    const known = this.#all.get(key(push));
    // A push that starts again is the latest.
    if (!known || (goesOn(push) && !goesOn(known))) this.#all.delete(key(push));
    this.#all.set(key(push), push);
    this.dispatchEvent(new Event("change"));
  }
}

export const pushes = new Pushes();

/**
 * Whether a push has not ended.
 *
 * @param {Api.PushValue} push
 */
export function goesOn({ state }) {
  return state === "waiting" || state === "sealing" || state === "sending";
}

/**
 * Servers that were pushed to from this browser, the latest first.
 *
 * @returns {string[]}
 */
export function servers() {
  try {
    const found = JSON.parse(localStorage.getItem(SERVERS) ?? "[]");
    return Array.isArray(found) ? found.map(String) : [];
  } catch {
    return []; // storage is forbidden, or holds something else
  }
}

/** @param {string} server */
function remember(server) {
  try {
    const others = servers().filter((other) => other !== server);
    localStorage.setItem(SERVERS, JSON.stringify([server, ...others].slice(0, REMEMBERED)));
  } catch {
    // Storage is forbidden.
  }
}

/** @param {Api.PushValue} push */
function key({ id, server }) {
  return `${id} ${server}`;
}
