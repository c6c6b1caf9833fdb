import type { SessionStats, TrackStats } from '@amphi/client';

/** Of the picture of one tile, between two readings. What is not known is undefined. */
export interface TileNumbers {
  readonly codec: string | undefined;
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly framesPerSecond: number | undefined;
  readonly bitsPerSecond: number;
  /** Of the packets that should have come, in percent. */
  readonly lossPercent: number;
  readonly roundTripMs: number | undefined;
}

/** Which track a tile shows: a received one by its id, or an own one by that of the browser's track. */
export type TileTrack = { readonly trackId: string } | { readonly mediaId: string };

/** @returns undefined where nothing of the picture is sent or received */
export function tileNumbers(
  before: SessionStats | undefined,
  after: SessionStats,
  tile: TileTrack,
): TileNumbers | undefined {
  const now = after.tracks.filter((track) => isOf(track, tile));
  if (now.length === 0) return undefined;
  const earlier = before?.tracks.filter((track) => isOf(track, tile)) ?? [];
  const seconds = before ? (after.takenAt - before.takenAt) / 1_000 : 0;
  const since = (field: 'bytes' | 'packets' | 'packetsLost'): number =>
    before ? Math.max(0, sum(now, field) - sum(earlier, field)) : 0;
  // Of several layers of our own picture the largest that is sent.
  const [largest] = [...now].sort((a, b) => (b.width ?? 0) - (a.width ?? 0));
  const [lost, packets] = [since('packetsLost'), since('packets')];
  // What was sent counts what was lost; what came does not.
  const expected = largest?.direction === 'sent' ? packets : packets + lost;
  return {
    codec: largest?.codec,
    width: largest?.width,
    height: largest?.height,
    framesPerSecond: largest?.framesPerSecond,
    bitsPerSecond: seconds > 0 ? (since('bytes') * 8) / seconds : 0,
    lossPercent: expected > 0 ? Math.min(100, (lost / expected) * 100) : 0,
    roundTripMs: largest?.roundTripMs,
  };
}

function isOf(track: TrackStats, tile: TileTrack): boolean {
  return 'trackId' in tile ? track.trackId === tile.trackId : track.mediaId === tile.mediaId;
}

function sum(tracks: readonly TrackStats[], field: 'bytes' | 'packets' | 'packetsLost'): number {
  return tracks.reduce((total, track) => total + track[field], 0);
}
