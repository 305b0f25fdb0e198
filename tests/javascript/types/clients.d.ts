// What the scripts in tests/clients are asked, and what a page of theirs holds.

/** What `request_for` in stage.py sends. */
interface Luggage {
  a: string;
  b: string;
  closed: string;
  nsec: string;
  moderator: string;
  texts: string[];
  unsent: string;
  picture: string;
  video: string;
}

/** What a client says of what it did. */
type Said = { [what: string]: unknown };

interface Source {
  url: string;
  fallbackServers: string[];
}

/** A blob that was loaded from another server. */
interface Detour {
  from: string;
  to: string;
  url: string;
}

interface HTMLMediaElement {
  readonly webkitAudioDecodedByteCount: number; // of Chromium
}

declare const Hls: typeof import("hls.js").default;
declare var hls: import("hls.js").default;
declare var video: HTMLVideoElement;
declare var errors: { fatal: boolean; details: string; reason?: string }[];
declare var detours: Detour[];
