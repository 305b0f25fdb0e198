/** A video that can be sealed, or that is sealed and can be pushed. */
import * as api from "../api.js";
import { announce, h } from "../dom.js";
import { openPushDialog } from "../push-dialog.js";
import { copyButton } from "./copy-button.js";

/**
 * Make the row of a video: its `id` and `name`, `root` with `url` and `uri` or null, and how far
 * sealing it is, `seal`; `hosts` that it is being pushed to. `begun` is called when sealing was started here.
 *
 * @param {Sealable} video
 * @param {() => void} begun
 */
export function sealRow({ id, name, root, seal, hosts }, begun = () => {}) {
  return h(
    "li",
    {},
    h(
      "span",
      { class: "words" },
      h("span", { class: "name" }, name),
      h("span", { class: seal?.state === "failed" ? "state bad" : "state" }, state(root, seal, hosts)),
    ),
    h(
      "span",
      { class: "tools" },
      mainButton(id, name, root, seal, begun),
      root && copyButton(`${id} uri`, `${name}: copy URI`, "Copy URI", root.uri),
      root && copyButton(`${id} url`, `${name}: copy URL`, "Copy URL", new URL(root.url, location.href).href),
    ),
    goesOn(seal) && h("progress", { "aria-label": `${name}: sealing`, value: seal.done, max: seal.total || 1 }),
    ...Object.entries(seal?.problems ?? {}).map(([rendition, why]) =>
      h("span", { class: "why" }, [rendition, why].filter(Boolean).join(": ")),
    ),
  );
}

/**
 * Whether a video is being sealed.
 *
 * @param {Api.SealValue | undefined} seal
 * @returns {seal is Api.SealValue & { state: "sealing" }}
 */
export function goesOn(seal) {
  return seal?.state === "sealing";
}

// One button in one place, so that it still has the focus after it was pressed.
/**
 * @param {string} id
 * @param {string} name
 * @param {Sealable["root"]} root
 * @param {Api.SealValue | undefined} seal
 * @param {() => void} begun
 */
function mainButton(id, name, root, seal, begun) {
  const begin = () => api.seal(id).then(begun, (error) => announce(api.reasonOf(error)));
  const [words, press] = goesOn(seal)
    ? ["Sealing", () => {}]
    : root
      ? ["Push", () => openPushDialog(id, name)]
      : [seal?.state === "failed" ? "Try again" : "Seal", begin];
  return h(
    "button",
    {
      type: "button",
      class: "button",
      "aria-label": `${name}: ${words.toLowerCase()}`,
      "aria-disabled": goesOn(seal) && "true",
      "data-place": `${id} main`,
      onclick: press,
    },
    words,
  );
}

/** @param {Sealable["root"]} root @param {Api.SealValue | undefined} seal @param {string[]} hosts */
function state(root, seal, hosts) {
  if (goesOn(seal)) return `${seal.done} of ${seal.total} segments`;
  if (!root) return seal?.state === "failed" ? "could not be sealed" : "not sealed";
  return hosts.length ? `on its way to ${hosts.join(", ")}` : "sealed";
}
