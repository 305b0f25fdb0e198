/** Numbers as people read them. */

/**
 * `1 h 42 min`, `42 min`, `30 s`; empty for an unknown duration.
 *
 * @param {number | null | undefined} seconds
 */
export function duration(seconds) {
  if (seconds == null) return "";
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return hours ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
}

/**
 * `1:02:03` or `2:03`.
 *
 * @param {number} seconds
 */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [Math.floor(whole / 60) % 60, whole % 60];
  if (whole >= 3600) parts.unshift(Math.floor(whole / 3600));
  return parts.map((part, at) => (at ? String(part).padStart(2, "0") : part)).join(":");
}

/**
 * `1 title`, `5 titles`.
 *
 * @param {number} number
 * @param {string} noun
 */
export function count(number, noun) {
  return `${number.toLocaleString()} ${noun}${number === 1 ? "" : "s"}`;
}

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];

/**
 * `1.2 GB`, of a number of bytes.
 *
 * @param {number} number
 */
export function bytes(number) {
  const power = number < 1000 ? 0 : Math.min(Math.floor(Math.log10(number) / 3), UNITS.length - 1);
  /** @type {Intl.NumberFormatOptions} */
  const format = { style: "unit", unit: UNITS[power], maximumFractionDigits: power > 2 ? 1 : 0 };
  return (number / 1000 ** power).toLocaleString(undefined, format);
}

/**
 * Name of a season; 0 are the specials, null what has no number.
 *
 * @param {number | null | undefined} season
 */
export function seasonName(season) {
  if (season === 0) return "Specials";
  return season == null ? "Episodes" : `Season ${season}`;
}

/**
 * Name of a language in the reader's own, from a BCP 47 tag; null for none.
 *
 * @param {string | null | undefined} tag
 */
export function language(tag) {
  if (!tag) return null;
  try {
    return new Intl.DisplayNames(undefined, { type: "language" }).of(tag);
  } catch {
    return tag;
  }
}
