// For what the tests run in a page: what a scenario looks for is there, or else it fails, as it
// should, with what the browser says.
import type { ParseSelector } from "typed-query-selector/parser.js";

declare global {
  interface ParentNode {
    querySelector<S extends string>(selector: S): ParseSelector<S, HTMLElement>;
    querySelectorAll<S extends string>(selector: S): NodeListOf<ParseSelector<S, HTMLElement>>;
  }
  interface Element {
    closest<S extends string>(selector: S): ParseSelector<S, HTMLElement>;
  }
  interface Document {
    readonly activeElement: HTMLElement;
  }
}
