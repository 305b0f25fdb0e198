/** Who watches on this device. Profiles have no passwords: they keep places apart, no more. */

const KEY = "profile";
const DEFAULT = "default"; // is always there

/** @type {string | null} */
let chosen = null; // where nothing may be stored, the choice lasts for the visit

/** Id of the profile that was chosen on this device. */
export function profileId() {
  try {
    return chosen ?? localStorage.getItem(KEY) ?? DEFAULT;
  } catch {
    return DEFAULT;
  }
}

/** Choose a profile; without an id, the one that is always there. */
export function chooseProfile(id = DEFAULT) {
  chosen = id;
  try {
    localStorage.setItem(KEY, id);
  } catch {
    // Storage is forbidden.
  }
}

/** Whether somebody else than the default was chosen; they may have been removed since. */
export function isSomebody() {
  return profileId() !== DEFAULT;
}
