import { fileAt, refusal, sha256, tell } from "./loopback.mjs";
import { nip19 } from "nostr-tools";
import * as blossom from "nostr-tools/nipb7";
import { PlainKeySigner } from "nostr-tools/signer";

/** @typedef {Parameters<typeof blossom.createUploadAuth>[0]} Signer */
/** @typedef {Awaited<ReturnType<typeof blossom.uploadBlob>>} Descriptor */

/** @param {string} nsec */
const signerOf = (nsec) =>
  new PlainKeySigner(nip19.decode(/** @type {`nsec1${string}`} */ (nsec)).data);

/** @param {string} server @param {Signer} sign @param {File} file */
async function refusals(server, sign, file) {
  const hash = await blossom.computeBlobSha256(file);
  const good = await blossom.createUploadAuth(sign, hash);
  const expiration = blossom.now() - 1;
  const elsewhere = { servers: "elsewhere.example" };
  const bad = {
    expired: await blossom.createUploadAuth(sign, hash, { expiration }),
    "for another blob": await blossom.createUploadAuth(sign, "0".repeat(64)),
    "for no blob": await blossom.createUploadAuth(sign, []),
    "for another server": await blossom.createUploadAuth(sign, hash, elsewhere),
    "for another action": await blossom.createDeleteAuth(sign, hash),
    forged: { ...good, content: "something else" },
    missing: undefined,
  };
  /** @type {{ [token: string]: unknown }} */
  const said = {};
  for (const [name, auth] of Object.entries(bad)) {
    said[name] = await refusal(() => blossom.uploadBlob(server, file, { auth }));
  }
  return said;
}

/** @param {string} server @param {string} nsec @param {string} hash */
async function report(server, nsec, hash) {
  const event = await signerOf(nsec).signEvent({
    kind: 1984,
    created_at: blossom.now(),
    tags: [["x", hash, "spam"]],
    content: "a test",
  });
  /** @type {string[]} */
  const failed = [];
  const done = await blossom.reportBlobs([server], event, {
    onError: (_, error) => failed.push(error.message),
  });
  return { done: done.get(server) ?? false, failed };
}

await tell(async (/** @type {Luggage} */ { a, b, closed, nsec, moderator, texts, unsent }) => {
  const signer = signerOf(nsec);
  /** @type {Signer} */
  const sign = (draft) => signer.signEvent(draft);
  const pubkey = await signer.getPublicKey();
  const [atA, atB, atClosed] = [a, b, closed].map((each) => new blossom.BlossomClient(each, signer));
  const files = await Promise.all(texts.map((path) => fileAt(path, "text/plain")));
  /** @type {{ uploads: Descriptor[], pages: Descriptor[][] } & Said} */
  const said = { uploads: [], pages: [] };
  for (const file of files) said.uploads.push(await atA.uploadFile(file));
  said.again = await atA.uploadFile(files[0]);

  const hashes = said.uploads.map((each) => each.sha256);
  /** @param {string} hash */
  const has = (hash) => blossom.hasBlob(a, hash);
  await atA.check(hashes[0]);
  said.has = await has(hashes[0]);
  said.hasUnsent = await has(await blossom.computeBlobSha256(await fileAt(unsent)));
  said.missing = await refusal(() => atA.check("0".repeat(64)));
  said.downloaded = await sha256(await atA.download(hashes[0]));
  said.listed = await atA.list();
  for await (const page of blossom.iterateBlobs(a, pubkey, { limit: 2 })) said.pages.push(page);

  said.mirrored = await atB.mirror(said.uploads[2].url);
  const auth = await blossom.createMirrorAuth(sign, hashes[3], { servers: b });
  said.mirroredToo = await blossom.mirrorBlob(b, said.uploads[3], { auth });

  await atClosed.uploadFile(files[0]);
  said.closed = {
    without: await refusal(() => blossom.downloadBlob(closed, hashes[0])),
    downloaded: await sha256(await atClosed.download(hashes[0])),
    listed: await atClosed.list(),
  };
  said.refused = await refusals(a, sign, await fileAt(unsent, "text/plain"));

  await atA.delete(hashes[0]);
  said.hasRemoved = await has(hashes[0]);
  said.removedTwice = await refusal(() => atA.delete(hashes[0]));

  said.report = await report(a, nsec, hashes[1]);
  said.hasReported = await has(hashes[1]);
  said.moderation = await report(a, moderator, hashes[1]);
  said.hasModerated = await has(hashes[1]);
  said.blocked = await refusal(() => atA.uploadFile(files[1]));
  return said;
});
