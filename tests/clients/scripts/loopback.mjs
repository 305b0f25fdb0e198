// What the scripts share: a request comes as JSON on standard input, what happened goes out as
// JSON, and nothing but this machine is spoken to.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { text } from "node:stream/consumers";

const reach = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  if (url.hostname !== "127.0.0.1") throw new Error(`not on this machine: ${url}`);
  return reach(input, init);
};

// Answers the request, which is what its test asks for, with what `story` returns for it.
/** @template R @param {(request: R) => unknown} story */
export async function tell(story) {
  console.log(JSON.stringify(await story(JSON.parse(await text(process.stdin)))));
}

/** @param {string} path @param {string} [type] */
export async function fileAt(path, type) {
  return new File([new Uint8Array(await readFile(path))], basename(path), { type });
}

// The SHA-256 of what a Response, Blob or ArrayBuffer holds.
/** @param {Response | Blob | ArrayBuffer} body */
export async function sha256(body) {
  const bytes = body instanceof ArrayBuffer ? body : await body.arrayBuffer();
  return createHash("sha256").update(Buffer.from(bytes)).digest("hex");
}

// What a client says of a call that has to fail; null if it does not.
/** @param {() => unknown} call */
export async function refusal(call) {
  try {
    await call();
  } catch (error) {
    const first = error instanceof AggregateError ? error.errors[0] : error;
    return { status: first.status ?? null, message: first.message };
  }
  return null;
}
