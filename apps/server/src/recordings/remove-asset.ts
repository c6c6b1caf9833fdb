import { readdir, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '@amphi/base';
import { PublicError } from '@amphi/protocol';
import type { RecordingAsset, Store } from '@amphi/store';
import { S3Client } from '../object-storage/s3-client.ts';
import { S3Error } from '../object-storage/s3-error.ts';
import { placeOf, TRACK_LIST, vodFolderOf } from './asset-files.ts';
import type { UploadTargets } from './upload-targets.ts';

/** Where files of recordings are kept. */
export interface KeptRecordings {
  /** Of this process; files of others lie elsewhere. */
  readonly node: string;
  readonly directory: string;
  /** By which those are reached that were brought to a storage. */
  readonly targets: UploadTargets;
  readonly clock: Clock;
}

/**
 * The file, or all that a playlist names, first, then what is known of it: after a kill in between it can be asked for again.
 * @throws PublicError 409 for a file that another server keeps, or that is being brought to a storage; 503 when the storage fails
 */
export async function removeAsset(
  store: Pick<Store, 'recordingAssets'>,
  kept: KeptRecordings,
  asset: RecordingAsset,
): Promise<void> {
  if (asset.upload === 'waiting')
    throw new PublicError(409, `asset ${asset.id} is being brought to a storage; it can be removed once it is there`);
  if (asset.storedAt) await removeFromStorage(kept, asset, asset.storedAt);
  else {
    if (asset.node !== kept.node)
      throw new PublicError(409, `asset ${asset.id} is kept by another server of this database`);
    await removeLocally(kept.directory, asset);
  }
  await store.recordingAssets.remove(asset.id);
}

/** Its files on this machine, and folders that are empty then. */
export async function removeLocally(directory: string, asset: RecordingAsset): Promise<void> {
  const path = join(directory, asset.type === 'room-vod' ? vodFolderOf(asset) : placeOf(asset));
  await rm(path, { recursive: true, force: true });
  if (asset.type === 'track') await removeLastList(dirname(path));
  await removeEmpty(dirname(path));
  await removeEmpty(dirname(dirname(path)));
}

async function removeFromStorage(
  { targets, clock }: KeptRecordings,
  asset: RecordingAsset,
  { key, pieces }: NonNullable<RecordingAsset['storedAt']>,
): Promise<void> {
  const client = new S3Client(await targets.reaching(asset), clock);
  try {
    // The playlist that leads to the others is the last to go.
    for (const piece of pieces) await client.remove(`${dirname(key)}/${piece}`);
    await client.remove(key);
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    throw new PublicError(503, `${error.code}: ${error.message}. ${error.remedy}`, { cause: error });
  } finally {
    client.close();
  }
}

/** Of tracks of which there is none any more. */
async function removeLastList(folder: string): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  if (names.length === 1 && names[0] === TRACK_LIST) await rm(join(folder, TRACK_LIST), { force: true });
}

/** What holds other files stays. */
async function removeEmpty(folder: string): Promise<void> {
  await rmdir(folder).catch(() => {});
}
