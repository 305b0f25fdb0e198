/** The system's own controls: keyboards' media keys, headsets, lock screens (W3C Media Session). */

/**
 * Tell the system what plays; `commands` maps the session's actions to functions, missing ones are cleared.
 *
 * @param {{ title: string, artist: string, artwork?: string }} what
 * @param {{ [action in MediaSessionAction]?: MediaSessionActionHandler }} commands
 */
export function tellSystem({ title, artist, artwork }, commands) {
  if (!navigator.mediaSession) return;
  navigator.mediaSession.metadata = new MediaMetadata({
    title,
    artist,
    artwork: artwork ? [{ src: artwork, type: "image/jpeg" }] : [],
  });
  /** @type {MediaSessionAction[]} */
  const actions = ["play", "pause", "seekbackward", "seekforward", "seekto", "previoustrack", "nexttrack"];
  for (const action of actions) {
    try {
      navigator.mediaSession.setActionHandler(action, commands[action] ?? null);
    } catch {
      // An action that this browser does not know.
    }
  }
}

/** Tell the system that nothing plays any more. */
export function forgetSystem() {
  if (!navigator.mediaSession) return;
  tellSystem({ title: "", artist: "" }, {});
  navigator.mediaSession.metadata = null;
}
