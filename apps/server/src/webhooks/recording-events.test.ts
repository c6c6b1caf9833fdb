import { hlsDestination } from '@amphi/protocol';
import type { Fact } from '@amphi/rooms';
import type { Beam, LiveStreamRow, RecordingAsset } from '@amphi/store';
import { describe, expect, it } from 'vitest';
import { eventsOf } from './webhook-events.ts';

const AT = 1_767_604_260_000;
const url = 'rtmp://live.example/app/KEY';
const layers = [{ width: 1280, height: 720, videoBitrate: 2048 }];
const destination = hlsDestination.parse({ name: 'default', layers, recording: { presignDuration: 600 } });
const times = { createdAt: new Date(AT - 60_000), updatedAt: new Date(AT), startedAt: new Date(AT - 50_000) };
const ids = {
  workspaceId: 'w',
  roomId: 'r',
  sessionId: 's',
  node: 'n',
  destination: 'default',
  startedBy: 'p',
  stoppedBy: '',
  reason: null,
  isPaused: false,
};
const beam: Beam = {
  ...{ ...ids, ...times, id: 'b'.repeat(24), kind: 'external_stream', status: 'running', stoppedAt: null },
  settings: { record: true, rtmpUrls: [url], resolution: { width: 1280, height: 720 }, destination },
};
const stream: LiveStreamRow = {
  ...{ ...ids, ...times, id: 'c'.repeat(24), status: 'completed', stoppedAt: new Date(AT) },
  ladder: null,
  troubles: null,
  pageUrl: null,
  ...{ settings: destination, playbackUrl: 'http://localhost/hls/x/master.m3u8', isRecorded: true, hasVod: false },
};
const asset: RecordingAsset = {
  ...{ id: 'a'.repeat(24), jobId: stream.id, workspaceId: 'w', roomId: 'r', sessionId: 's', node: 'n' },
  ...{ type: 'room-composite', status: 'completed', run: String(AT - 50_000), file: 'v720.mp4', bytes: 5 },
  ...{
    durationMs: 50_000,
    width: 1280,
    height: 720,
    layer: 0,
    layers: null,
    thumbnails: null,
    track: null,
    upload: null,
    storedAt: null,
    uploadError: null,
    createdAt: new Date(AT),
  },
};
const room = { roomId: 'r', name: 'Hall', workspaceId: 'w', appId: 'app', templateId: 't', webhook: undefined };

const told = (fact: Fact, about: Parameters<typeof eventsOf>[1]['about']) =>
  eventsOf(
    { sessionId: 's', roomId: 'r', startedAt: AT - 90_000, at: AT, fact },
    { room, opened: false, about, linkOf: ({ id }, validFor) => `${id} for ${validFor}` },
  );

const changed = (
  phase: 'initialised' | 'started' | 'stopped' | 'failed',
  failure: { why?: string; errorType?: string } = {},
): Fact => ({ type: 'outputChanged', kind: 'rtmp', phase, jobId: beam.id, ...failure });

describe('what back ends are told of recordings and external streams', () => {
  it.each([
    ['started', 'beam.started.success', { start_delay: 60 }],
    ['stopped', 'beam.stopped.success', { duration: 50, reason: 'client request' }],
    ['failed', 'beam.failure', { duration: 50, error_message: 'no room', error_type: 'INTERNAL_ERROR', error_code: 1 }],
  ] as const)('REC13: %s is %s', (phase, type, data) => {
    const events = told(changed(phase, phase === 'failed' ? { why: 'no room' } : {}), { beam });
    expect(events).toMatchObject([
      {
        type,
        at: AT,
        data: {
          ...{ beam_id: beam.id, job_id: beam.id, room_id: 'r', session_id: 's', template_id: 't', peer_id: 'p' },
          ...{ recording_enabled: true, rtmp: [{ url }], max_width: 1280, max_height: 720 },
          ...data,
        },
      },
    ]);
  });

  it('WEB8: of one that shows a page, its address, and that the page was given up', () => {
    const pageUrl = 'https://example.org/show';
    const ofPage = { beam: { ...beam, settings: { ...beam.settings, pageUrl } }, stream: { ...stream, pageUrl } };
    const failure = { phase: 'failed', why: 'the page did not load', errorType: 'MAX_RETRIES_REACHED' } as const;
    const data = { meeting_url: pageUrl, error_type: 'MAX_RETRIES_REACHED', error_message: failure.why };
    expect(told(changed('failed', failure), { beam: ofPage.beam })).toMatchObject([{ type: 'beam.failure', data }]);
    const ofStream = { type: 'streamChanged', streamId: stream.id } as const;
    expect(told({ ...ofStream, ...failure }, { stream: ofPage.stream })).toMatchObject([{ type: 'hls.failure', data }]);
    const finished = {
      beam: { kind: 'beam', jobId: beam.id },
      stream: { kind: 'live_stream', jobId: stream.id },
    } as const;
    for (const what of ['beam', 'stream'] as const) {
      const events = told({ type: 'recordingFinished', ...finished[what] }, { [what]: ofPage[what], assets: [asset] });
      expect(events).toMatchObject([{ data: { meeting_url: pageUrl } }]);
    }
    expect(told(changed('started'), { beam })).toMatchObject([{ data: { meeting_url: '' } }]);
  });

  it('REC13: nothing before it has begun', () => {
    expect(told(changed('initialised'), { beam })).toEqual([]);
  });

  it('REC13: files of a stream are one event, with links that work for as long as its destination says', () => {
    const fact = { type: 'recordingFinished', kind: 'live_stream', jobId: stream.id } as const;
    const vod: RecordingAsset = { ...asset, id: 'd'.repeat(24), type: 'room-vod', layer: null, layers: 2, bytes: 7 };
    expect(told(fact, { stream, assets: [asset, vod] })).toMatchObject([
      {
        type: 'hls.recording.success',
        data: {
          ...{ recording_id: stream.id, duration: 50, started_at: new Date(AT - 50_000).toISOString() },
          recording_single_files: [
            { asset_id: asset.id, layer: '0', size: 5, recording_presigned_url: `${asset.id} for 600` },
          ],
          hls_vod_recording_path: `w/hls/r/20260105/${AT - 50_000}/vod/master.m3u8`,
          hls_vod_recording_presigned_url: `${vod.id} for 600`,
          hls_vod_recording_size: 7,
        },
      },
    ]);
  });

  const track = {
    ...({ trackId: 'mic 1', streamId: 'st', peerId: 'p', userId: 'u', userName: 'Hana' } as const),
    ...({ kind: 'audio', source: 'regular', codec: 'opus', startedAtMs: AT - 40_000 } as const),
  };
  const ofTrack = {
    ...{ room_id: 'r', session_id: 's', peer_id: 'p', stream_id: 'st', track_id: 'mic 1', track_type: 'audio' },
    ...{ user_id: 'u', user_name: 'Hana', source: 'regular', started_at: new Date(AT - 40_000).toISOString() },
    recording_id: beam.id,
  };

  it.each([
    ['trackRecordingStarted', 'track.recording.started.success', {}],
    ['trackRecordingFailed', 'track.recording.failure', { error_message: expect.any(String), size: 0, duration: 0 }],
  ] as const)('REC38: %s is %s', (type, name, data) => {
    expect(told({ type, jobId: beam.id, track }, {})).toMatchObject([{ type: name, data: { ...ofTrack, ...data } }]);
  });

  it('REC38: each file of a track is an event, of their recording as a whole there is none', () => {
    const tracks: Beam = { ...beam, kind: 'tracks' };
    expect(told(changed('started'), { beam: tracks })).toEqual([]);
    const fact = { type: 'recordingFinished', kind: 'beam', jobId: beam.id } as const;
    const voice: RecordingAsset = { ...asset, type: 'track', file: '0001-audio.webm', layer: null, track };
    expect(told(fact, { beam: tracks, assets: [voice] })).toMatchObject([
      {
        type: 'track.recording.success',
        data: {
          ...{ room_id: 'r', session_id: 's', peer_id: 'p', stream_id: 'st', track_id: 'mic 1', track_type: 'audio' },
          ...{ recording_id: asset.jobId, asset_id: asset.id, size: 5, duration: 50 },
          recording_path: `w/r/20260105/s/p/st/mic_1-${AT - 40_000}.webm`,
          recording_presigned_url: expect.stringContaining(asset.id),
        },
      },
    ]);
  });

  it('REC13: each file of a recording is an event; 72 hours when the destination says nothing', () => {
    const fact = { type: 'recordingFinished', kind: 'beam', jobId: beam.id } as const;
    const plain = {
      ...beam,
      settings: { ...beam.settings, destination: hlsDestination.parse({ name: 'default', layers }) },
    };
    expect(told(fact, { beam: plain, assets: [asset, asset] })).toMatchObject([
      { type: 'beam.recording.success', data: { recording_presigned_url: `${asset.id} for 259200` } },
      { type: 'beam.recording.success' },
    ]);
  });
});
