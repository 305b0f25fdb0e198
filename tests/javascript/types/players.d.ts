// What the scripts of tests/players find in their page.

/** A place of a film: its rendition and sound, and in seconds a flash and how long before it to begin. */
interface Place {
  level: number;
  sound: number;
  flash: number;
  before: number;
}

/** What plays, in whatever player. */
interface Trouble {
  fatal: boolean;
  details: string;
  reason?: string;
  status?: number;
  url?: string;
}

interface HTMLMediaElement {
  readonly webkitAudioDecodedByteCount: number; // of Chromium
}

declare const Hls: typeof import("hls.js").default;
declare const shaka: typeof import("shaka-player").default;
declare var gapsJumped: (() => number) | undefined;

// What a worklet of sound has (Web Audio API, 1.32), of which TypeScript knows nothing.
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(
  name: string,
  processor: new () => AudioWorkletProcessor & { process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean },
): void;
