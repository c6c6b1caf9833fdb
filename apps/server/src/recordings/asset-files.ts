import { join } from 'node:path';
import { assert } from '@amphi/base';
import type { RecordingAsset } from '@amphi/store';

/** What its parts may look like: they are of our own making, and no path can be hidden in them. */
const JOB = /^[0-9a-f]{24}$/;
const RUN = /^\d{1,20}$/;
const FILE = /^[A-Za-z0-9_-]{1,64}\.mp4$/;

type Place = Pick<RecordingAsset, 'jobId' | 'run' | 'file'>;

/** Where the file of an asset lies below the folder of recordings. */
export function placeOf({ jobId, run, file }: Place): string {
  assert(JOB.test(jobId) && RUN.test(run) && FILE.test(file), 'an asset lies where a recording was made');
  return join(jobId, run, file);
}

/** As people save it (server API, 2.8): `Rec-<room>-<when it began>.mp4`, of a live stream with its layer. */
export function fileNameOf({ roomId, run, layer }: Pick<RecordingAsset, 'roomId' | 'run' | 'layer'>): string {
  return `Rec-${roomId}-${run}${layer === null ? '' : `-${layer}`}.mp4`;
}

/** As the API names it (server API, 2.8). The file lies elsewhere. */
export function pathOf(asset: Pick<RecordingAsset, 'workspaceId' | 'roomId' | 'run' | 'layer'>): string {
  const { workspaceId, roomId, run, layer } = asset;
  const day = new Date(Number(run)).toISOString().slice(0, 10).replaceAll('-', '');
  const folder = layer === null ? `beam/${roomId}/${day}` : `hls/${roomId}/${day}/${run}/file-recording`;
  return `${workspaceId}/${folder}/${fileNameOf(asset)}`;
}
