import { fileAt, refusal, sha256, tell } from "./loopback.mjs";
import { NSecSigner } from "@nostrify/nostrify";
import { BlossomUploader } from "@nostrify/nostrify/uploaders";
import { nip19 } from "nostr-tools";

// Every answer is a list of NIP-94 tags.
/** @param {string[][]} tags */
const urlOf = (tags) => tags.find(([name]) => name === "url")?.[1] ?? "no URL";

await tell(async (/** @type {Luggage} */ { a, b, nsec, texts, unsent, picture, video }) => {
  const signer = new NSecSigner(nip19.decode(/** @type {`nsec1${string}`} */ (nsec)).data);
  /** @param {string} server @param {object} [more] */
  const uploaderTo = (server, more) => new BlossomUploader({ servers: [server], signer, ...more });
  const atA = uploaderTo(a);
  const files = await Promise.all(texts.map((path) => fileAt(path, "text/plain")));
  /** @type {{ uploads: string[][][] } & Said} */
  const said = { uploads: [] };
  for (const file of files) said.uploads.push(await atA.upload(file));
  said.again = await uploaderTo(a, { scopeToServer: true }).upload(files[0]);
  said.downloaded = await sha256(await fetch(urlOf(said.uploads[0])));
  said.mirrored = await uploaderTo(b).mirror(urlOf(said.uploads[2]));
  said.picture = await atA.media(await fileAt(picture, "image/jpeg"));
  said.video = await atA.media(await fileAt(video, "video/mp4"));

  const file = await fileAt(unsent, "text/plain");
  const late = uploaderTo(a, { expiresIn: -1000 });
  /** @type {Pick<NSecSigner, "signEvent">} */
  const mute = { signEvent: async (draft) => ({ ...(await signer.signEvent(draft)), content: "" }) };
  said.refused = {
    expired: await refusal(() => late.upload(file)),
    forged: await refusal(() => uploaderTo(a, { signer: mute }).upload(file)),
    "for another blob": await refusal(() =>
      uploaderTo(b).mirror(urlOf(said.uploads[3]), { sha256: "0".repeat(64) }),
    ),
  };
  return said;
});
