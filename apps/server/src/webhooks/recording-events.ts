import type { Millis, Seconds } from '@amphi/base';
import type { RecordedTrack } from '@amphi/protocol';
import type { Fact } from '@amphi/rooms';
import type { Beam, LiveStreamRow, RecordingAsset } from '@amphi/store';
import { pathOf } from '../recordings/asset-files.ts';
import type { About, WebhookEvent } from './webhook-event.ts';

/** A link by which a back end gets the file of an asset, for a time. */
export type LinkOf = (asset: RecordingAsset, validFor: Seconds) => string;

/** Unless the destination says otherwise: the dashboard's default of the contract (server API, 3.5). */
const LINKS_VALID_FOR: Seconds = 72 * 3600;

/** Recordings and external streams as they begin and end (server API, 5.4). */
export function beamEvents(
  fact: Extract<Fact, { type: 'outputChanged' }>,
  at: Millis,
  event: (type: string, data: object) => WebhookEvent,
  beam: Beam,
): WebhookEvent[] {
  // Of the recording as a whole nothing is told: its files are.
  if (beam.kind === 'tracks') return [];
  const common = {
    ...ofBeam(beam),
    job_id: beam.id,
    recording_enabled: beam.settings.record,
  };
  const duration = beam.startedAt ? seconds(at - beam.startedAt.getTime()) : 0;
  switch (fact.phase) {
    case 'initialised':
      return [];
    case 'started':
      return [event('beam.started.success', { ...common, start_delay: seconds(at - beam.createdAt.getTime()) })];
    case 'stopped':
      return [event('beam.stopped.success', { ...common, duration, reason: fact.why ?? 'client request' })];
    case 'failed':
      return [
        event('beam.failure', {
          ...common,
          duration,
          error_type: fact.errorType ?? 'INTERNAL_ERROR',
          error_message: fact.why ?? 'internal error',
          error_code: 1,
        }),
      ];
  }
}

/** Files that are finished: one event for each of a recording or of its tracks, one for all of a live stream (server API, 5.4). */
export function recordedEvents(
  { beam, stream, assets = [] }: About,
  event: (type: string, data: object) => WebhookEvent,
  linkOf: LinkOf,
): WebhookEvent[] {
  if (beam) {
    const validFor = beam.settings.destination.recording?.presignDuration ?? LINKS_VALID_FOR;
    if (beam.kind === 'tracks') return assets.flatMap((asset) => trackEvents(asset, event, linkOf(asset, validFor)));
    return assets.map((asset) =>
      event('beam.recording.success', {
        ...ofBeam(beam),
        ...times(beam),
        created_at: asset.createdAt.toISOString(),
        duration: seconds(asset.durationMs),
        size: asset.bytes,
        recording_id: beam.id,
        asset_id: asset.id,
        recording_path: pathOf(asset),
        recording_presigned_url: linkOf(asset, validFor),
      }),
    );
  }
  const [first] = assets;
  if (!stream || !first) return [];
  const validFor = stream.settings?.recording?.presignDuration ?? LINKS_VALID_FOR;
  const files = assets.filter(({ type }) => type === 'room-composite');
  const vod = assets.find(({ type }) => type === 'room-vod');
  return [
    event('hls.recording.success', {
      beam_id: stream.id,
      recording_id: stream.id,
      meeting_url: stream.pageUrl ?? '',
      max_width: first.width,
      max_height: first.height,
      ...times(stream),
      recording_created_at: first.createdAt.toISOString(),
      duration: seconds(Math.max(...assets.map(({ durationMs }) => durationMs))),
      ...(vod
        ? {
            hls_vod_recording_path: pathOf(vod),
            hls_vod_recording_presigned_url: linkOf(vod, validFor),
            hls_vod_recording_size: vod.bytes,
          }
        : {}),
      recording_single_files: files.map((asset) => ({
        asset_id: asset.id,
        layer: String(asset.layer ?? 0),
        recording_path: pathOf(asset),
        recording_presigned_url: linkOf(asset, validFor),
        size: asset.bytes,
        width: asset.width,
        height: asset.height,
      })),
    }),
  ];
}

/** A file of a track is begun; or nothing came of it (server API, 5.5). */
export function trackEvent(
  fact: Extract<Fact, { type: 'trackRecordingStarted' | 'trackRecordingFailed' }>,
  event: (type: string, data: object) => WebhookEvent,
): WebhookEvent {
  const { jobId, track } = fact;
  const common = { ...ofTrack(track), recording_id: jobId };
  if (fact.type === 'trackRecordingStarted') return event('track.recording.started.success', common);
  return event('track.recording.failure', {
    ...common,
    ...{ duration: 0, size: 0, recording_path: '' },
    error_message: 'nothing was written that could be played',
  });
}

/** @param link to the file */
function trackEvents(
  asset: RecordingAsset,
  event: (type: string, data: object) => WebhookEvent,
  link: string,
): WebhookEvent[] {
  const { track } = asset;
  if (!track) return [];
  return [
    event('track.recording.success', {
      ...ofTrack(track),
      duration: seconds(asset.durationMs),
      size: asset.bytes,
      recording_id: asset.jobId,
      asset_id: asset.id,
      recording_path: pathOf(asset),
      recording_presigned_url: link,
    }),
  ];
}

function ofTrack(track: RecordedTrack): object {
  return {
    peer_id: track.peerId,
    user_id: track.userId,
    user_name: track.userName,
    stream_id: track.streamId,
    track_id: track.trackId,
    track_type: track.kind,
    source: track.source,
    started_at: new Date(track.startedAtMs).toISOString(),
  };
}

function ofBeam({ id, startedBy, settings }: Beam): object {
  return {
    beam_id: id,
    peer_id: startedBy,
    meeting_url: settings.pageUrl ?? '',
    max_width: settings.resolution.width,
    max_height: settings.resolution.height,
    rtmp: settings.rtmpUrls.map((url) => ({ url })),
  };
}

function times({ startedAt, stoppedAt }: Pick<Beam | LiveStreamRow, 'startedAt' | 'stoppedAt'>): object {
  return {
    ...(startedAt ? { started_at: startedAt.toISOString() } : {}),
    ...(stoppedAt ? { stopped_at: stoppedAt.toISOString() } : {}),
  };
}

function seconds(ms: Millis): number {
  return Math.max(0, Math.round(ms / 1000));
}
