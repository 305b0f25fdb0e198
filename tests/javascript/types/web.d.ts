// What the scenarios in tests/web and the benchmarks of the page speak of.

type Page = import("../../web/page.mjs").Page;

interface HTMLElementTagNameMap {
  "media-controller": HTMLElement;
  "media-preview-chapter-display": HTMLElement & { mediaPreviewChapter: string | undefined };
  "media-preview-thumbnail": HTMLElement & { mediaPreviewImage: string; mediaPreviewCoords: string };
  "media-time-range": HTMLElement;
  "title-row": HTMLElement;
  "video-player": HTMLElement & { seek(seconds: number): void };
}

/** What Chromium says of pictures that move when others come (Layout Instability API). */
interface LayoutShift extends PerformanceEntry {
  readonly value: number;
  readonly hadRecentInput: boolean;
}

// What scenarios leave in a page, and find there later.
declare var actions: { [action in MediaSessionAction]?: MediaSessionActionHandler | null };
declare var axe: typeof import("../../web/node_modules/axe-core");
declare var clicked: number;
declare var shown: number;
declare var stopWatching: () => object;
