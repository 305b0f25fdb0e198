/** The viewer profile of this device. Profiles have no passwords: they separate histories, no more. */

const KEY = "profile";
const DEFAULT = "default"; // is always there

/** @type {string | null} */
let chosen = null; // without storage the choice lasts for the visit

/** Id of the profile that was chosen on this device. */
export function profileId() {
  try {
    return chosen ?? localStorage.getItem(KEY) ?? DEFAULT;
  } catch {
    return DEFAULT;
  }
}

/** Choose a profile; without an id, the default one. */
export function chooseProfile(id = DEFAULT) {
  chosen = id;
  try {
    localStorage.setItem(KEY, id);
  } catch {
    // Storage is forbidden.
  }
}

/** Whether another profile than the default was chosen; it may have been removed since. */
export function isSomebody() {
  return profileId() !== DEFAULT;
}
