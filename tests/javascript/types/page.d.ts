// What the page's own JSDoc speaks of, and what no library of TypeScript knows.

type Attribute = string | number | boolean | null | undefined;
type Child = Node | string | number | false | null | undefined | Child[];

/** What `h` takes for an element `E`. */
interface Attributes<E> {
  oncancel?: (event: Event) => unknown;
  onclick?: (event: MouseEvent & { currentTarget: E }) => unknown;
  onclose?: (event: Event) => unknown;
  onerror?: (event: Event & { currentTarget: E }) => unknown;
  oninput?: (event: Event & { currentTarget: E }) => unknown;
  onsubmit?: (event: SubmitEvent) => unknown;
  [name: string]: Attribute | ((event: never) => unknown);
}

/** What the server tells by itself, and `open`, which is told when it can be reached. */
interface ServerEvents {
  library: unknown;
  scan: { unprobed: number; problems: number };
  seal: Api.SealValue & { id: string };
  push: Api.PushValue;
  previews: { id: string };
  reset: unknown;
  open: null;
}

type Direction = "up" | "down" | "left" | "right";
/** What can have the focus; media-chrome's ranges have it on an input within. */
type Focusable = HTMLElement & { range?: HTMLElement };

type Show = Api.MovieValue | Api.SeriesValue;

/** An episode, or a movie as if it were the only episode of a series. */
type Playable = Pick<Api.EpisodeValue, "id" | "index" | "title" | "duration" | "versions"> & Partial<Api.EpisodeValue>;

/** A menu of the player: options, and what to call with the id of one. */
interface Menu {
  name: string;
  options: { id: number; label: string; chosen: boolean; time?: string }[];
  choose(id: number): unknown;
}

/** What plays a playlist; see engine.js for its events. */
interface Engine extends EventTarget {
  destroy(): void;
  choices(): Menu[];
  languages(): Api.ChoicesValue;
}

/** Where the player goes from a video; missing at an end. */
interface Neighbours {
  previous?: () => void;
  next?: () => void;
}

/** Where a video is in its show: `episode` is null for what is none, and in `next` for another part. */
interface Place {
  episode: Playable | null;
  part: number;
  parts: number;
  previous?: { id: string; episode: Playable | null };
  next?: { id: string; episode: Playable | null };
}

/** What the player could not load; nothing of it where the browser does not say. */
interface Failure {
  url?: string;
  status?: number;
}

/** What a key does in the player. */
type Command =
  | Direction
  | "controls"
  | "forward"
  | "fullscreen"
  | "leave"
  | "mute"
  | "next"
  | "pause"
  | "play"
  | "previous"
  | "rewind"
  | "subtitles"
  | "toggle";

/** A view as the router keeps it. */
interface Routed extends HTMLElement {
  keep: boolean;
  returned?(): void;
}

/** A pattern of paths, and what makes the view of what its groups matched. */
type Route = [RegExp, (...found: string[]) => Routed];

/** A video in the lists of what can be sealed or is. */
interface Sealable {
  id: string;
  name: string;
  root: { url: string; uri: string } | null;
  seal?: Api.SealValue;
  hosts: string[];
}

/** Tracks of sound, which Safari has. */
interface HTMLMediaElement {
  readonly audioTracks?: EventTarget & Iterable<{ language: string; label: string; enabled: boolean }>;
}

/** What the page of the API's description loads. */
declare function SwaggerUIBundle(options: { url: string; dom_id: string; deepLinking: boolean }): void;

interface HTMLElementTagNameMap {
  "browse-view": import("../../../blobhls/web/static/js/views/browse.js").BrowseView;
  "cache-use": HTMLElement;
  "home-view": import("../../../blobhls/web/static/js/views/home.js").HomeView;
  "next-card": import("../../../blobhls/web/static/js/player/next-card.js").NextCard;
  "operator-view": import("../../../blobhls/web/static/js/views/operator.js").OperatorView;
  "player-menu": import("../../../blobhls/web/static/js/player/menu.js").PlayerMenu;
  "problem-list": HTMLElement;
  "profiles-view": import("../../../blobhls/web/static/js/views/profiles.js").ProfilesView;
  "push-list": HTMLElement;
  "seal-list": HTMLElement;
  "sealed-list": import("../../../blobhls/web/static/js/parts/sealed-list.js").SealedList;
  "search-view": import("../../../blobhls/web/static/js/views/search.js").SearchView;
  "show-view": import("../../../blobhls/web/static/js/views/show.js").ShowView;
  "title-grid": import("../../../blobhls/web/static/js/parts/title-grid.js").TitleGrid;
  "title-row": import("../../../blobhls/web/static/js/parts/title-row.js").TitleRow;
  "video-player": import("../../../blobhls/web/static/js/player/player.js").VideoPlayer;
  "watch-view": import("../../../blobhls/web/static/js/views/watch.js").WatchView;
  "media-controller": HTMLElement;
  "media-fullscreen-button": HTMLElement;
  "media-loading-indicator": HTMLElement;
  "media-mute-button": HTMLElement;
  "media-pip-button": HTMLElement;
  "media-play-button": HTMLElement;
  "media-preview-chapter-display": HTMLElement;
  "media-preview-thumbnail": HTMLElement;
  "media-preview-time-display": HTMLElement;
  "media-seek-backward-button": HTMLElement;
  "media-seek-forward-button": HTMLElement;
  "media-time-display": HTMLElement;
  "media-time-range": Focusable;
  "media-volume-range": Focusable;
}
