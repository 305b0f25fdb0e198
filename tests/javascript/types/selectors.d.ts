// What a selector finds, by its last tag; what has none is no SVG here.
import type { ParseSelector } from "typed-query-selector/parser.js";

declare global {
  interface ParentNode {
    querySelector<S extends string>(selector: S): ParseSelector<S, HTMLElement> | null;
    querySelectorAll<S extends string>(selector: S): NodeListOf<ParseSelector<S, HTMLElement>>;
  }
  interface Element {
    closest<S extends string>(selector: S): ParseSelector<S, HTMLElement> | null;
  }
}
