import { stat } from 'node:fs/promises';
import type { Pace, S3Client } from './s3-client.ts';
import { S3Error } from './s3-error.ts';

const MIB = 2 ** 20;
/** Of an upload: small enough to be sent again, above the 5 MiB that a storage asks for. */
const PART_BYTES = 8 * MIB;
/** Of one object (Amazon S3 User Guide, "Multipart upload limits"). */
const MAX_PARTS = 10_000;
const PARTS_AT_ONCE = 2;

/**
 * Brings a file into a storage, larger ones in parts of 8 MiB, two at a time, and looks whether all of it is there. What was
 * begun and not finished is given up there, as far as the storage answers.
 * @throws S3Error, or the signal's reason
 */
export async function uploadFile(
  client: S3Client,
  file: { readonly key: string; readonly path: string; readonly contentType: string },
  options: { readonly pace?: Pace; readonly signal?: AbortSignal; readonly partBytes?: number } = {},
): Promise<void> {
  const { key, path, contentType } = file;
  const { pace, signal } = options;
  const how = { ...(pace ? { pace } : {}), ...(signal ? { signal } : {}) };
  const { size } = await stat(path);
  const partBytes = Math.max(options.partBytes ?? PART_BYTES, Math.ceil(size / MAX_PARTS / MIB) * MIB);
  if (size <= partBytes) await client.put(key, { path, start: 0, end: size }, { contentType, ...how });
  else await inParts(client, file, { ...how, size, partBytes });
  const there = await client.sizeOf(key, signal);
  if (there === size) return;
  throw new S3Error(
    's3_refused',
    `the storage has ${there ?? 'nothing'} of the ${size} bytes that it took`,
    'Look at the storage: something takes objects without keeping them, or removes them.',
  );
}

async function inParts(
  client: S3Client,
  { key, path, contentType }: { readonly key: string; readonly path: string; readonly contentType: string },
  {
    size,
    partBytes,
    ...how
  }: { readonly size: number; readonly partBytes: number; readonly pace?: Pace; readonly signal?: AbortSignal },
): Promise<void> {
  const uploadId = await client.beginParts(key, contentType, how.signal);
  const failing = new AbortController();
  const signal = how.signal ? AbortSignal.any([how.signal, failing.signal]) : failing.signal;
  const tags: string[] = [];
  let next = 0;
  const sendParts = async (): Promise<void> => {
    while (next * partBytes < size) {
      const at = next++;
      const range = { path, start: at * partBytes, end: Math.min(size, (at + 1) * partBytes) };
      tags[at] = await client.putPart(key, uploadId, at + 1, range, { ...how, signal });
    }
  };
  try {
    await allOrFirstFailure(Array.from({ length: PARTS_AT_ONCE }, sendParts), failing);
    await client.endParts(key, uploadId, tags, how.signal);
  } catch (error) {
    await client.abandonParts(key, uploadId).catch(() => {});
    throw error;
  }
}

/** Waits for all of them; the first failure ends the others, and is thrown. */
async function allOrFirstFailure(works: readonly Promise<void>[], failing: AbortController): Promise<void> {
  let failure: { readonly error: unknown } | undefined;
  await Promise.all(
    works.map((work) =>
      work.catch((error: unknown) => {
        failure ??= { error };
        failing.abort(error);
      }),
    ),
  );
  if (failure) throw failure.error;
}
