import { fileAt, refusal, sha256, tell } from "./loopback.mjs";
import {
  Actions,
  buildBlossomURI,
  createDeleteAuth,
  createDownloadAuth,
  createListAuth,
  createMirrorAuth,
  createUploadAuth,
  now,
} from "blossom-client-sdk";
import { finalizeEvent, getPublicKey, nip19 } from "nostr-tools";

/** @typedef {import("blossom-client-sdk").Signer} Signer */
/** @typedef {import("blossom-client-sdk").BlobDescriptor} Descriptor */

/** @param {string} nsec */
const keyOf = (nsec) => nip19.decode(/** @type {`nsec1${string}`} */ (nsec)).data;
/** @param {string} nsec @returns {Signer} */
const signerOf = (nsec) => async (draft) => finalizeEvent(draft, keyOf(nsec));

// Handlers that are asked for a token after the server has answered 401.
/** @param {Signer} sign */
function tokensOf(sign) {
  /** @type {Actions.UploadOptions<string, File>} */
  const upload = {
    onAuth: (servers, hash, type) => createUploadAuth(sign, hash, { type, servers }),
  };
  /** @type {Actions.MirrorOptions<string>} */
  const mirror = { onAuth: (servers, hash) => createMirrorAuth(sign, hash, { servers }) };
  /** @type {Actions.DownloadOptions<string>} */
  const download = { onAuth: (server, hash) => createDownloadAuth(sign, [server, hash]) };
  /** @type {Actions.DeleteOptions<string>} */
  const remove = { onAuth: (servers, hash) => createDeleteAuth(sign, hash, { servers }) };
  /** @type {Actions.ListOptions<string>} */
  const list = { onAuth: (servers) => createListAuth(sign, { servers }) };
  return { upload, mirror, download, remove, list };
}

/** @param {string} server @param {Signer} sign @param {File} file */
async function refusals(server, sign, file) {
  const good = await createUploadAuth(sign, file);
  const bad = {
    expired: await createUploadAuth(sign, file, { expiration: now() - 1 }),
    "for another blob": await createUploadAuth(sign, "0".repeat(64)),
    "for no blob": await createUploadAuth(sign, []),
    "for another server": await createUploadAuth(sign, file, { servers: "elsewhere.example" }),
    "for another action": await createDeleteAuth(sign, file),
    forged: { ...good, content: "something else" },
  };
  /** @type {{ [token: string]: unknown }} */
  const said = {};
  for (const [name, token] of Object.entries(bad)) {
    said[name] = await refusal(() => Actions.uploadBlob(server, file, { onAuth: async () => token }));
  }
  return said;
}

/** @param {string} server @param {string} nsec @param {string} hash */
async function report(server, nsec, hash) {
  const event = await signerOf(nsec)({
    kind: 1984,
    created_at: now(),
    tags: [["x", hash, "malware"]],
    content: "a test",
  });
  /** @type {string[]} */
  const failed = [];
  const done = await Actions.reportBlobs([server], event, {
    onError: (_, error) => failed.push(error.message),
  });
  return { done: done.get(server) ?? false, failed };
}

await tell(async (/** @type {Luggage} */ { a, b, closed, nsec, moderator, texts, unsent, picture, video }) => {
  const sign = signerOf(nsec);
  const pubkey = getPublicKey(keyOf(nsec));
  const tokens = tokensOf(sign);
  const files = await Promise.all(texts.map((path) => fileAt(path, "text/plain")));
  /** @type {{ uploads: Descriptor[], pages: Descriptor[][] } & Said} */
  const said = { uploads: [], pages: [] };
  for (const file of files) said.uploads.push(await Actions.uploadBlob(a, file, tokens.upload));
  // This time with a token from the first request on.
  said.again = await Actions.uploadBlob(a, files[0], { ...tokens.upload, auth: true });

  const hashes = said.uploads.map((each) => each.sha256);
  /** @param {string} hash */
  const has = (hash) => Actions.hasBlob(a, hash);
  said.has = await has(hashes[0]);
  said.hasUnsent = await has(await sha256(await fileAt(unsent)));
  said.downloaded = await sha256(await Actions.downloadBlob(a, hashes[0]));
  for await (const page of Actions.iterateBlobs(a, pubkey, { limit: 2 })) said.pages.push(page);

  said.mirrored = await Actions.mirrorBlob(b, said.uploads[2], tokens.mirror);
  const everywhere = await Actions.multiServerUpload([a, b], files[3], tokens.upload);
  said.everywhere = [...everywhere.values()];
  const uri = buildBlossomURI({ sha256: hashes[2], ext: "txt", servers: [closed, b], authors: [] });
  said.resolved = await sha256(await Actions.resolveBlob(uri));

  said.picture = await Actions.uploadMedia(a, await fileAt(picture, "image/jpeg"), tokens.upload);
  const media = await Actions.multiServerMediaUpload(
    [a, b],
    await fileAt(picture, "image/jpeg"),
    tokens.upload,
  );
  said.pictures = [...media.values()];
  said.video = await Actions.uploadMedia(a, await fileAt(video, "video/mp4"), tokens.upload);

  await Actions.uploadBlob(closed, files[0], tokens.upload);
  said.closed = {
    without: await refusal(() => Actions.downloadBlob(closed, hashes[0])),
    downloaded: await sha256(await Actions.downloadBlob(closed, hashes[0], tokens.download)),
    listed: await Actions.listBlobs(closed, pubkey, tokens.list),
  };
  said.refused = await refusals(a, sign, await fileAt(unsent, "text/plain"));

  said.removed = await Actions.deleteBlob(a, hashes[0], tokens.remove);
  said.hasRemoved = await has(hashes[0]);
  said.removedTwice = await refusal(() => Actions.deleteBlob(a, hashes[0], tokens.remove));

  said.report = await report(a, nsec, hashes[1]);
  said.hasReported = await has(hashes[1]);
  said.moderation = await report(a, moderator, hashes[1]);
  said.hasModerated = await has(hashes[1]);
  said.blocked = await refusal(() => Actions.uploadBlob(a, files[1], tokens.upload));
  return said;
});
