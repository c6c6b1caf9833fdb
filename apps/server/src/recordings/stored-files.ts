import { dirname } from 'node:path';
import type { Clock, Seconds } from '@amphi/base';
import { PublicError } from '@amphi/protocol';
import type { RecordingAsset } from '@amphi/store';
import { S3Client } from '../object-storage/s3-client.ts';
import { S3Error } from '../object-storage/s3-error.ts';
import { fileNameOf } from './asset-files.ts';
import type { UploadTargets } from './upload-targets.ts';

interface Reach {
  readonly targets: UploadTargets;
  readonly clock: Clock;
}

/**
 * The storage's own address of a file, signed for a time. Undefined for one that it does not have, and for playlists: what they name
 * would have to be signed, too, so those are served here.
 * @throws PublicError 409 as {@link UploadTargets.reaching}
 */
export async function storedUrlOf(
  { targets, clock }: Reach,
  asset: RecordingAsset,
  options: { readonly validFor: Seconds; readonly method?: 'GET' | 'HEAD' },
): Promise<string | undefined> {
  if (!asset.storedAt || asset.type === 'room-vod') return undefined;
  const { key } = asset.storedAt;
  return withClient({ targets, clock }, asset, (client) =>
    client.presign(key, { ...options, fileName: fileNameOf(asset) }),
  );
}

/** The same for media that a playlist names. @param name as {@link StoredAt.pieces} has it */
export async function storedPieceUrl(
  reach: Reach,
  asset: RecordingAsset,
  name: string,
  options: { readonly validFor: Seconds; readonly method: 'GET' | 'HEAD' },
): Promise<string> {
  return withClient(reach, asset, (client) => client.presign(pieceKey(asset, name), options));
}

/** A playlist, or what else of a few kilobytes lies with it. @throws PublicError 503 when the storage does not give it */
export async function readStoredPiece(reach: Reach, asset: RecordingAsset, name: string): Promise<Buffer> {
  return withClient(reach, asset, (client) => client.get(pieceKey(asset, name)));
}

function pieceKey({ storedAt }: RecordingAsset, name: string): string {
  if (!storedAt?.pieces.includes(name)) throw new PublicError(404, 'this recording has no such file');
  return `${dirname(storedAt.key)}/${name}`;
}

async function withClient<T>(
  { targets, clock }: Reach,
  asset: RecordingAsset,
  work: (client: S3Client) => Promise<T>,
): Promise<T> {
  const client = new S3Client(await targets.reaching(asset), clock);
  try {
    return await work(client);
  } catch (error) {
    if (error instanceof S3Error) throw new PublicError(503, `${error.code}: ${error.message}`, { cause: error });
    throw error;
  } finally {
    client.close();
  }
}
