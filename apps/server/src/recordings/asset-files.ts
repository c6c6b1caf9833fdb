import { extname, join } from 'node:path';
import { assert } from '@amphi/base';
import type { RecordingAsset } from '@amphi/store';
import { s3PathOf } from '../object-storage/s3-target.ts';

/** What its parts may look like: they are of our own making, and no path can be hidden in them. */
const JOB = /^[0-9a-f]{24}$/;
const RUN = /^\d{1,20}$/;
const FILE = /^[A-Za-z0-9_-]{1,64}\.(mp4|webm|mkv)$/;
/** Beside files of tracks: what each of them is, for whoever makes them whole. */
export const TRACK_LIST = 'tracks.jsonl';
/** Of an HLS playlist: playlists, the files that they name ranges of, thumbnails. */
const VOD_PIECE = /^[A-Za-z0-9_-]{1,64}\.(m3u8|mp4|vtt|jpg)$/;

/** Where the egress program puts what HLS plays, below the folder of a run. */
const VOD_FOLDER = 'vod';
/** Of a `room-vod`: the playlist that leads to all others. */
export const VOD_FILE = 'master.m3u8';

type Place = Pick<RecordingAsset, 'jobId' | 'run' | 'file' | 'type'>;

/** Where the file of an asset lies below the folder of recordings. */
export function placeOf({ jobId, run, file, type }: Place): string {
  if (type === 'room-vod') return join(vodFolderOf({ jobId, run }), VOD_FILE);
  assert(JOB.test(jobId) && RUN.test(run) && FILE.test(file), 'an asset lies where a recording was made');
  return join(jobId, run, file);
}

/** Where all files of a `room-vod` lie, and nothing else. */
export function vodFolderOf({ jobId, run }: Pick<RecordingAsset, 'jobId' | 'run'>): string {
  assert(JOB.test(jobId) && RUN.test(run), 'an asset lies where a recording was made');
  return join(jobId, run, VOD_FOLDER);
}

/** Whether a `room-vod` has files of such a name. */
export function isVodPiece(name: string): boolean {
  return VOD_PIECE.test(name);
}

/**
 * As people save it (server API, 2.8): `Rec-<room>-<when it began>.mp4`, of a live stream with its layer. Of a track `<track>-<when it
 * began>.webm`: there is a file for each time that it was received.
 */
export function fileNameOf({ roomId, run, layer, file, track }: Named): string {
  if (track) return `${nameOf(track.trackId)}-${track.startedAtMs}${extname(file)}`;
  return `Rec-${roomId}-${run}${layer === null ? '' : `-${layer}`}.mp4`;
}

type Named = Pick<RecordingAsset, 'roomId' | 'run' | 'layer' | 'file' | 'track'>;

/** Ids of media are the clients' own words. */
function nameOf(id: string): string {
  return id.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 64) || '_';
}

/** As the API names it (server API, 2.8): in a storage where it lies, on this machine where it does not. */
export function pathOf(asset: Named & Pick<RecordingAsset, 'workspaceId' | 'sessionId' | 'type' | 'storedAt'>): string {
  const { workspaceId, roomId, sessionId, run, layer, type, track, storedAt } = asset;
  if (storedAt) return s3PathOf(storedAt);
  const day = new Date(Number(run)).toISOString().slice(0, 10).replaceAll('-', '');
  const stream = `${workspaceId}/hls/${roomId}/${day}/${run}`;
  if (type === 'room-vod') return `${stream}/${VOD_FOLDER}/${VOD_FILE}`;
  if (track) {
    const folder = [sessionId, track.peerId, track.streamId].map(nameOf).join('/');
    return `${workspaceId}/${roomId}/${day}/${folder}/${fileNameOf(asset)}`;
  }
  const folder = layer === null ? `${workspaceId}/beam/${roomId}/${day}` : `${stream}/file-recording`;
  return `${folder}/${fileNameOf(asset)}`;
}
