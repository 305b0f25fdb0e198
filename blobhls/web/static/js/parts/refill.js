/** Lists that are drawn anew while one of their rows has the focus. */
import { focusedIn } from "../dom.js";

/** @type {WeakMap<Element, string>} */
const drawn = new WeakMap(); // the item that a row shows

/**
 * Put a row for each item into a list; `make` makes one. The rows of items that are as they were
 * stay. The focus stays on what has the same `data-place`, or else within the row of the same
 * number: keys go on from there.
 *
 * @template T
 * @param {HTMLElement} list
 * @param {T[]} items
 * @param {(item: T) => HTMLElement} make
 */
export function refill(list, items, make) {
  const focused = focusedIn(list);
  const number = focused ? [...list.children].findIndex((row) => row.contains(focused)) : -1;
  const known = new Map([...list.children].map((row) => [drawn.get(row), row]));
  const rows = items.map((item) => {
    const text = JSON.stringify(item);
    const row = known.get(text) ?? make(item);
    drawn.set(row, text);
    return row;
  });
  if (rows.length === list.children.length && rows.every((row, at) => row === list.children[at])) return;
  list.replaceChildren(...rows);
  if (!focused) return;
  const { place } = focused.dataset;
  const same = list.contains(focused) ? focused : place && list.querySelector(`[data-place="${CSS.escape(place)}"]`);
  const near = list.children[Math.min(number, rows.length - 1)]?.querySelector("button");
  (same || near)?.focus({ preventScroll: true });
}
