import type { LiveStreamObject } from '@amphi/protocol';
import type { LiveStreamRow, RecordingAsset, Store } from '@amphi/store';
import type { LiveStreamRecords } from '../sessions/ports/records.ts';
import type { OwnerOf } from './owner-of.ts';
import { embeddedAsset } from './recording-objects.ts';

/**
 * Keeps live streams in the store and gives them back as REST v2 shows them.
 */
export function createLiveStreamRecords(store: Pick<Store, 'liveStreams'>, ownerOf: OwnerOf): LiveStreamRecords {
  return {
    async create(stream) {
      return liveStreamObject(await store.liveStreams.create({ ...stream, node: ownerOf(stream.roomId) }));
    },
    async update(id, change) {
      return liveStreamObject(await store.liveStreams.update(id, change));
    },
  };
}

/** @param assets told of one stream, not in lists */
export function liveStreamObject(stream: LiveStreamRow, assets: readonly RecordingAsset[] = []): LiveStreamObject {
  return {
    id: stream.id,
    room_id: stream.roomId,
    session_id: stream.sessionId,
    status: stream.status,
    destination: stream.destination,
    playback: { url: stream.playbackUrl },
    meeting_url: stream.pageUrl ?? '',
    ladder: stream.ladder,
    recording: { hls_vod: stream.hasVod, single_file_per_layer: stream.isRecorded },
    created_at: stream.createdAt.toISOString(),
    updated_at: stream.updatedAt.toISOString(),
    started_at: stream.startedAt?.toISOString() ?? null,
    stopped_at: stream.stoppedAt?.toISOString() ?? null,
    started_by: stream.startedBy,
    stopped_by: stream.stoppedBy,
    reason: stream.reason,
    troubles: stream.troubles ?? [],
    recording_paused: stream.isPaused,
    recording_assets: assets.length === 0 ? null : assets.map(embeddedAsset),
  };
}
