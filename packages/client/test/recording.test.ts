import { describe, expect, it } from 'vitest';
import { roomObject } from './fake-host.ts';
import { joined, settled } from './joined.ts';

const notSent = { status: 'off', startedAt: undefined, error: undefined };
const off = { ...notSent, isPaused: false };

describe('recordings', () => {
  it('of the stage and of the stream are told apart, and to whoever comes later', async () => {
    const { host, session } = await joined('viewer');
    expect(session.state.recording).toEqual(off);
    host.socket.notify('on-record-update', { type: 'Browser', state: 'initialised', initialised_at: 5 });
    expect(session.state.recording.status).toBe('starting');
    host.socket.notify('on-record-update', { type: 'Browser', state: 'started', initialised_at: 5, started_at: 7 });
    expect(session.state.recording).toEqual({ ...off, status: 'on', startedAt: 7 });
    expect(session.state.streamRecording).toEqual(off);
    host.socket.notify('on-record-update', { type: 'HLS', state: 'started', started_at: 9 });
    host.socket.notify('on-record-update', { type: 'Browser', state: 'stopped' });
    expect([session.state.recording.status, session.state.streamRecording.status]).toEqual(['off', 'on']);

    const late = await joined('viewer');
    const running = { enabled: true, state: 'started', started_at: 7 };
    const none = { enabled: false, state: 'none' };
    const room = { ...roomObject(), recording: { sfu: none, browser: running, hls: none } };
    late.host.socket.notify('peer-list', { peers: {}, room });
    expect(late.session.state.recording).toEqual({ ...off, status: 'on', startedAt: 7 });
  });

  it('REC39: of each track by itself are told as such, and to whoever comes later', async () => {
    const { host, session } = await joined('viewer');
    expect(session.state.trackRecording).toEqual(off);
    host.socket.notify('on-record-update', { type: 'sfu', state: 'initialised', initialised_at: 5 });
    expect(session.state.trackRecording.status).toBe('starting');
    host.socket.notify('on-record-update', { type: 'sfu', state: 'started', initialised_at: 5, started_at: 7 });
    expect(session.state.trackRecording).toEqual({ ...off, status: 'on', startedAt: 7 });
    expect([session.state.recording, session.state.streamRecording]).toEqual([off, off]);
    const error = { code: 500, message: 'disk full' };
    host.socket.notify('on-record-update', { type: 'sfu', state: 'failed', error });
    expect(session.state.trackRecording).toEqual({ ...off, status: 'failed', error: 'disk full' });

    const late = await joined('viewer');
    const none = { enabled: false, state: 'none' };
    const running = { enabled: true, state: 'started', started_at: 7 };
    late.host.socket.notify('peer-list', {
      peers: {},
      room: { ...roomObject(), recording: { sfu: running, browser: none, hls: none } },
    });
    expect(late.session.state.trackRecording).toEqual({ ...off, status: 'on', startedAt: 7 });
    late.host.socket.notify('on-record-update', { type: 'sfu', state: 'stopped' });
    expect(late.session.state.trackRecording).toEqual(off);
  });

  it('are asked for and ended; the server tells how it goes on', async () => {
    const { host, session } = await joined();
    await session.startRecording();
    expect(host.socket.requests('rtmp-start')[0]?.params).toMatchObject({ record: true });
    expect(session.state.recording.status).toBe('starting');
    host.socket.notify('on-record-update', { type: 'Browser', state: 'started', started_at: 7 });
    await session.stopRecording();
    expect(session.state.recording).toMatchObject({ status: 'stopping', startedAt: 7 });
    host.socket.notify('on-record-update', { type: 'Browser', state: 'stopped' });
    expect(session.state.recording).toEqual(off);
  });

  it('that are refused or fail say why', async () => {
    const { host, session } = await joined();
    host.answers['rtmp-start'] = () => ({ error: { code: 429, message: 'too many starts' } });
    host.answers['rtmp-stop'] = () => ({ error: { code: 404, message: 'no recording' } });
    await expect(session.startRecording()).rejects.toMatchObject({ serverCode: 429 });
    expect(session.state.recording).toMatchObject({ status: 'failed', error: 'too many starts' });
    host.socket.notify('on-record-update', { type: 'Browser', state: 'started', started_at: 7 });
    await expect(session.stopRecording()).rejects.toMatchObject({ serverCode: 404 });
    expect(session.state.recording.status).toBe('on');
    const error = { code: 500, message: 'disk full' };
    host.socket.notify('on-record-update', { type: 'Browser', state: 'failed', error });
    expect(session.state.recording).toEqual({ ...off, status: 'failed', error: 'disk full' });
    host.socket.notify('peer-list', { peers: {}, room: roomObject() });
    await settled();
    expect(session.state.recording).toEqual(off);
  });

  it('REC17: are paused, and go on, when the server says so', async () => {
    const { host, session } = await joined();
    for (const [which, type, of] of [
      ['stage', 'Browser', 'recording'],
      ['stream', 'HLS', 'streamRecording'],
    ] as const) {
      host.socket.notify('on-record-update', { type, state: 'started', started_at: 7 });
      const on = session.state[of];
      await session.pauseRecording(which);
      expect(session.state[of]).toBe(on);
      host.socket.notify('on-record-update', { type, state: 'paused', started_at: 7 });
      expect(session.state[of]).toEqual({ ...on, isPaused: true });
      await session.resumeRecording(which);
      host.socket.notify('on-record-update', { type, state: 'resumed', started_at: 7 });
      expect(session.state[of]).toEqual(on);
    }
    const asked = (method: string) => host.socket.requests(method).map(({ params }) => params);
    expect(asked('recording-pause')).toEqual([{ type: 'Browser' }, { type: 'HLS' }]);
    expect(asked('recording-resume')).toEqual([{ type: 'Browser' }, { type: 'HLS' }]);
    host.socket.notify('on-record-update', { type: 'Browser', state: 'paused', started_at: 7 });
    host.socket.notify('on-record-update', { type: 'Browser', state: 'stopped' });
    expect(session.state.recording).toEqual(off);
    const viewer = await joined('viewer');
    await expect(viewer.session.pauseRecording()).rejects.toMatchObject({ code: 'not_allowed' });
  });

  it('of the stream are wished for at its start', async () => {
    const { host, session } = await joined();
    await session.startLiveStream({ isRecorded: true });
    await session.startLiveStream({ hasVod: true });
    await session.startLiveStream();
    expect(host.socket.requests('hls-start').map(({ params }) => params)).toEqual([
      { hls_recording: { single_file_per_layer: true, hls_vod: false } },
      { hls_recording: { single_file_per_layer: false, hls_vod: true } },
      {},
    ]);
  });

  it('RTMP9: what is sent to other platforms is told with the state of each, and ends with a recording beside it', async () => {
    const { host, session } = await joined();
    const url = 'rtmp://live.example/app/KEY';
    await session.startRtmp([url], { record: true });
    expect(host.socket.requests('rtmp-start')[0]?.params).toMatchObject({ record: true, rtmp_urls: [url] });
    expect([session.state.rtmp.status, session.state.recording.status]).toEqual(['starting', 'starting']);
    const targets = [{ server: 'live.example', state: 'retrying', reason: 'not reached' }];
    host.socket.notify('on-rtmp-update', { state: 'initialised', targets });
    expect(session.state.rtmp).toEqual({ ...notSent, status: 'starting', targets });
    host.socket.notify('on-record-update', { type: 'Browser', state: 'started', started_at: 7 });
    host.socket.notify('on-rtmp-update', {
      state: 'started',
      started_at: 8,
      targets: [{ server: 'live.example', state: 'running' }],
    });
    expect(session.state.rtmp).toMatchObject({ status: 'on', startedAt: 8, targets: [{ state: 'running' }] });
    await session.stopRtmp();
    expect([session.state.rtmp.status, session.state.recording.status]).toEqual(['stopping', 'stopping']);
    host.socket.notify('on-rtmp-update', { state: 'stopped' });
    expect(session.state.rtmp).toEqual({ ...notSent, targets: [] });
  });

  it('RTMP9: sending that is refused says why', async () => {
    const { host, session } = await joined();
    await session.startRtmp();
    expect(host.socket.requests('rtmp-start').at(-1)?.params).toEqual({ rtmp_urls: [] });
    host.answers['rtmp-start'] = () => ({ error: { code: 400, message: 'rtmp_urls.0: not public' } });
    await expect(session.startRtmp(['rtmp://10.0.0.1/a/b'])).rejects.toMatchObject({ serverCode: 400 });
    expect(session.state.rtmp).toMatchObject({ status: 'failed', error: 'rtmp_urls.0: not public' });
    expect(session.state.recording).toEqual(off);
  });
});
