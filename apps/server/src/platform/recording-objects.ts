import type {
  AssetMetadata,
  EmbeddedAsset,
  ExternalStreamObject,
  RecordingAssetObject,
  RecordingObject,
} from '@amphi/protocol';
import type { Beam, RecordingAsset } from '@amphi/store';
import { pathOf } from '../recordings/asset-files.ts';

/** Recordings and their files as REST v2 shows them (server API, 2.6 to 2.8). */

/** @param assets told of one recording, not in lists */
export function recordingObject(beam: Beam, assets: readonly RecordingAsset[] = []): RecordingObject {
  return { ...beamObject(beam, assets), asset_types: ['room-composite'] };
}

/** @param assets told of one stream, not in lists */
export function externalStreamObject(beam: Beam, assets: readonly RecordingAsset[] = []): ExternalStreamObject {
  const { rtmpUrls, record, resolution } = beam.settings;
  return { ...beamObject(beam, assets), rtmp_urls: rtmpUrls, recording: record, resolution };
}

function beamObject(beam: Beam, assets: readonly RecordingAsset[]): Omit<RecordingObject, 'asset_types'> {
  return {
    id: beam.id,
    room_id: beam.roomId,
    session_id: beam.sessionId,
    status: beam.status,
    destination: beam.destination,
    meeting_url: beam.settings.pageUrl ?? '',
    created_at: beam.createdAt.toISOString(),
    updated_at: beam.updatedAt.toISOString(),
    started_at: beam.startedAt?.toISOString() ?? null,
    stopped_at: beam.stoppedAt?.toISOString() ?? null,
    started_by: beam.startedBy,
    stopped_by: beam.stoppedBy,
    reason: beam.reason,
    recording_paused: beam.isPaused,
    recording_assets: assets.length === 0 ? null : assets.map(embeddedAsset),
  };
}

export function embeddedAsset(asset: RecordingAsset): EmbeddedAsset {
  const { id, type, bytes, durationMs, createdAt, upload, uploadError } = asset;
  const path = pathOf(asset);
  return {
    id,
    type,
    status: upload === 'waiting' ? 'processing' : asset.status,
    path,
    size: bytes,
    duration: Math.round(durationMs / 1000),
    thumbnails: asset.thumbnails?.map((name) => besidePath(path, name)) ?? null,
    metadata: metadataOf(asset),
    created_at: createdAt.toISOString(),
    upload: upload && { status: upload, error: uploadError },
  };
}

function besidePath(path: string, name: string): string {
  return `${path.slice(0, path.lastIndexOf('/'))}/${name}`;
}

function metadataOf({ type, width, height, layer, layers, track }: RecordingAsset): AssetMetadata {
  if (track) {
    return {
      track_id: track.trackId,
      stream_id: track.streamId,
      peer_id: track.peerId,
      track_type: track.kind,
      user_id: track.userId,
      user_name: track.userName,
      source: track.source,
      codec: track.codec,
      started_at: new Date(track.startedAtMs).toISOString(),
      ...(track.kind === 'video' ? { resolution: { width, height } } : {}),
    };
  }
  if (type === 'room-vod') return { num_layers: String(layers), max_width: width, max_height: height };
  return { resolution: { width, height }, ...(layer === null ? {} : { layer: String(layer) }) };
}

export function recordingAssetObject(asset: RecordingAsset): RecordingAssetObject {
  const { jobId, roomId, sessionId } = asset;
  return { ...embeddedAsset(asset), job_id: jobId, room_id: roomId, session_id: sessionId };
}
