import { rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PublicError } from '@amphi/protocol';
import type { RecordingAsset, Store } from '@amphi/store';
import { placeOf, vodFolderOf } from './asset-files.ts';

/** Where files of recordings are kept. */
export interface KeptRecordings {
  /** Of this process; files of others lie elsewhere. */
  readonly node: string;
  readonly directory: string;
}

/**
 * The file, or all that a playlist names, first, then what is known of it: after a kill in between it can be asked for again.
 * @throws PublicError 409 for a file that another server keeps
 */
export async function removeAsset(
  store: Pick<Store, 'recordingAssets'>,
  { node, directory }: KeptRecordings,
  asset: RecordingAsset,
): Promise<void> {
  if (asset.node !== node) throw new PublicError(409, `asset ${asset.id} is kept by another server of this database`);
  const path = join(directory, asset.type === 'room-vod' ? vodFolderOf(asset) : placeOf(asset));
  await rm(path, { recursive: true, force: true });
  await store.recordingAssets.remove(asset.id);
  await removeEmpty(dirname(path));
  await removeEmpty(dirname(dirname(path)));
}

/** What holds other files stays. */
async function removeEmpty(folder: string): Promise<void> {
  await rmdir(folder).catch(() => {});
}
