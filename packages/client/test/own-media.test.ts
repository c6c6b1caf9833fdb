import type { TrackState } from '@amphi/protocol';
import { describe, expect, it } from 'vitest';
import { ClientError } from '../src/index.ts';
import { type FakeHost, testToken } from './fake-host.ts';
import type { FakeTrack } from './fake-peer-connection.ts';
import { advance, joined, settled, setUp } from './joined.ts';

const asFake = (track: MediaStreamTrack | undefined): FakeTrack => track as unknown as FakeTrack;

/** What others were told last of microphone and camera. */
function lastMutes(host: FakeHost): Record<string, boolean> {
  const updates = host.socket
    .requests('track-update')
    .flatMap(({ params }) => Object.values(params?.tracks as Record<string, { type: string; mute: boolean }>));
  return Object.fromEntries(updates.map(({ type, mute }) => [type, mute]));
}

describe('own media', () => {
  it('mutes a microphone by silence and a camera by letting it go, without an exchange', async () => {
    const { host, session } = await joined('broadcaster', { microphone: true, camera: true });
    const [microphone, camera] = host.publish.senders;
    const offers = host.socket.requests('offer').length;
    const micTrack = session.state.microphone.track;
    const camTrack = session.state.camera.track as unknown as { isStopped: boolean };

    await session.setMicrophone(false);
    await session.setCamera(false);
    await settled();
    expect(micTrack?.enabled).toBe(false);
    expect(microphone?.track).toBe(micTrack);
    expect(camTrack.isStopped).toBe(true);
    expect(camera?.track).toBeUndefined();
    const updates = host.socket
      .requests('track-update')
      .flatMap(({ params }) => Object.values(params?.tracks as object));
    expect(updates).toMatchObject([
      { type: 'audio', mute: true },
      { type: 'video', mute: true },
    ]);

    await session.setCamera(true);
    await settled();
    expect(camera?.track).toBe(session.state.camera.track);
    expect(host.socket.requests('track-update').at(-1)?.id).toBeUndefined();
    expect(host.socket.requests('offer')).toHaveLength(offers);
  });

  it('switches devices without an exchange', async () => {
    const { host, session } = await joined('broadcaster', { camera: true });
    const offers = host.socket.requests('offer').length;
    await session.selectCamera('cam-2');
    await settled();
    expect(host.captures.at(-1)).toMatchObject({ kind: 'video', deviceId: 'cam-2', width: 1280 });
    expect(host.publish.senders.find(({ kind }) => kind === 'video')?.track).toBe(session.state.camera.track);
    expect(host.socket.requests('offer')).toHaveLength(offers);
  });

  it('tells why a device cannot be used, and stays in the room', async () => {
    const { host, session } = await joined();
    host.captureError = new ClientError('device_denied', 'camera: Permission denied');
    await session.setCamera(true);
    expect(session.state.camera).toMatchObject({
      status: 'failed',
      isEnabled: false,
      error: { code: 'device_denied' },
    });
    expect(session.state.connection.status).toBe('joined');
  });

  it('falls back to another device when one is unplugged, and says so when there is none', async () => {
    const { host, session } = await joined('broadcaster', { camera: true });
    (session.state.camera.track as unknown as { onended: () => void }).onended();
    await settled();
    expect(session.state.camera.status).toBe('on');
    host.captureError = new ClientError('device_missing', 'camera: none');
    (session.state.camera.track as unknown as { onended: () => void }).onended();
    await settled();
    expect(session.state.camera).toMatchObject({ status: 'failed', error: { code: 'device_lost' } });
    expect(host.publish.senders.find(({ kind }) => kind === 'video')?.track).toBeUndefined();
  });

  it.each(['device_missing', 'device_in_use'] as const)(
    'a remembered device that cannot be opened (%s) gives way to another, with a hint',
    async (code) => {
      const { host, session } = setUp();
      host.captureErrors.set('cam-gone', new ClientError(code, 'camera: no'));
      await session.selectCamera('cam-gone');
      await session.setCamera(true);
      expect(session.state.camera).toMatchObject({ status: 'on', isSubstitute: true, error: undefined });
      await session.selectCamera('cam-1');
      expect(session.state.camera).toMatchObject({ status: 'on', isSubstitute: false, deviceId: 'cam-1' });
    },
  );

  it('follows wishes that come in one breath: another device, then on', async () => {
    const { host, session } = setUp();
    void session.selectCamera('cam-2');
    await session.setCamera(true);
    expect(session.state.camera).toMatchObject({ status: 'on', deviceId: 'cam-2' });
    void session.setCamera(false);
    void session.setCamera(true);
    await session.setCamera(false);
    expect(session.state.camera).toMatchObject({ status: 'off', track: undefined });
    expect(host.captures.every(({ deviceId }) => deviceId === 'cam-2')).toBe(true);
  });

  it('a device that the person refuses is not asked for a second time', async () => {
    const { host, session } = setUp();
    host.captureErrors.set('cam-1', new ClientError('device_denied', 'camera: no'));
    await session.selectCamera('cam-1');
    await session.setCamera(true);
    expect(session.state.camera).toMatchObject({ status: 'failed', error: { code: 'device_denied' } });
    expect(host.captures).toHaveLength(1);
  });

  it('shows as off what the system has taken, and as on when it comes back, by itself', async () => {
    const { host, clock, session } = await joined('broadcaster', { microphone: true, camera: true });
    const { microphone, camera } = session.state;
    for (const { track } of [microphone, camera]) asFake(track).setMuted(true);
    await advance(clock, 1_500);
    expect(session.state.microphone).toMatchObject({ status: 'interrupted', isEnabled: true });
    expect(session.state.camera).toMatchObject({ status: 'interrupted', isEnabled: true });
    expect(lastMutes(host)).toEqual({ audio: true, video: true });
    for (const { track } of [microphone, camera]) asFake(track).setMuted(false);
    await settled();
    expect(session.state.camera.status).toBe('on');
    expect(lastMutes(host)).toEqual({ audio: false, video: false });
    expect(host.captures).toHaveLength(2);
  });

  it('tells nobody of a device that only stumbles', async () => {
    const { host, clock, session } = await joined('broadcaster', { camera: true });
    const updates = host.socket.requests('track-update').length;
    asFake(session.state.camera.track).setMuted(true);
    await advance(clock, 500);
    asFake(session.state.camera.track).setMuted(false);
    await advance(clock, 5_000);
    expect(session.state.camera.status).toBe('on');
    expect(host.socket.requests('track-update')).toHaveLength(updates);
  });

  it('captures anew what is still silent when the page is shown again', async () => {
    const { host, clock, session } = await joined('broadcaster', { microphone: true, camera: true });
    const { microphone, camera } = session.state;
    host.setVisible(false);
    for (const { track } of [microphone, camera]) asFake(track).setMuted(true);
    await advance(clock, 10_000);
    host.setVisible(true);
    await advance(clock, 2_000);
    expect(session.state.microphone).toMatchObject({ status: 'on', isEnabled: true });
    expect(session.state.microphone.track).not.toBe(microphone.track);
    expect(asFake(microphone.track).isStopped).toBe(true);
    expect(host.publish.senders.map(({ track }) => track)).toEqual([
      session.state.microphone.track,
      session.state.camera.track,
    ]);
    expect(lastMutes(host)).toEqual({ audio: false, video: false });
  });

  it('captures anew what is switched on by hand while the system has it', async () => {
    const { host, clock, session } = await joined('broadcaster', { microphone: true });
    asFake(session.state.microphone.track).setMuted(true);
    await advance(clock, 1_500);
    await session.setMicrophone(true);
    expect(session.state.microphone.status).toBe('on');
    expect(host.captures).toHaveLength(2);
  });

  it('tries again on return what ended while nobody looked, and nothing that ended before one’s eyes', async () => {
    const { host, session } = await joined('broadcaster', { microphone: true, camera: true });
    host.captureError = new ClientError('device_in_use', 'taken');
    asFake(session.state.camera.track).onended?.();
    await settled();
    host.setVisible(false);
    asFake(session.state.microphone.track).onended?.();
    await settled();
    expect(session.state.microphone).toMatchObject({ status: 'failed', error: { code: 'device_lost' } });
    host.captureError = undefined;
    host.setVisible(true);
    await settled();
    expect(session.state.microphone.status).toBe('on');
    expect(session.state.camera.status).toBe('failed');
  });

  it('comes on stage with what was chosen in the invitation: camera on, microphone off', async () => {
    const { host, session } = await joined('viewer');
    host.socket.notify('on-role-change-request', { requested_by: 'p-2', role: 'guest', token: 't' });
    await session.setCamera(true);
    await session.acceptInvitation();
    host.roleName = 'guest';
    host.socket.notify('on-policy-change', host.policy());
    await settled();
    expect(session.state).toMatchObject({
      microphone: { isEnabled: false },
      camera: { isEnabled: true, status: 'on' },
    });
    expect(Object.values(host.socket.requests('offer').at(-1)?.params?.tracks as object)).toMatchObject([
      { type: 'audio', mute: true },
      { type: 'video', mute: false },
    ]);
    expect(host.captures.map(({ kind }) => kind)).toEqual(['video']);
  });

  it('publishes a shared screen with its sound and takes both away', async () => {
    const { host, session } = await joined();
    await session.startScreenShare();
    await settled();
    const tracks = Object.values(host.socket.requests('offer').at(-1)?.params?.tracks as object);
    expect(tracks.filter(({ source }) => source === 'screen')).toMatchObject([{ type: 'video' }, { type: 'audio' }]);
    session.stopScreenShare();
    await settled();
    const after = Object.values(host.socket.requests('offer').at(-1)?.params?.tracks as object);
    expect(after.filter(({ source }) => source === 'screen')).toEqual([]);
    expect(host.publish.senders.filter(({ isActive }) => !isActive)).toHaveLength(2);
  });

  it('ends the share when the person stops it in the browser', async () => {
    const { session } = await joined();
    await session.startScreenShare();
    (session.state.screen.video as unknown as { onended: () => void }).onended();
    expect(session.state.screen.status).toBe('off');
  });

  it('shares several screens, each with a stream of its own, and ends one of them or all', async () => {
    const { host, session } = await joined();
    const published = () => {
      const tracks = Object.values(host.socket.requests('offer').at(-1)?.params?.tracks as Record<string, TrackState>);
      return tracks.filter(({ source }) => source === 'screen');
    };
    await session.startScreenShare();
    await session.startScreenShare();
    expect(await session.addScreenShare()).toBe('screen-2');
    await settled();
    expect(session.state.screens.map(({ id, status }) => [id, status])).toEqual([
      ['screen', 'on'],
      ['screen-2', 'on'],
    ]);
    expect(session.state.screen).toBe(session.state.screens[0]);
    expect(published().map(({ type }) => type)).toEqual(['video', 'audio', 'video', 'audio']);
    expect(new Set(published().map(({ stream_id: id }) => id)).size).toBe(2);
    await session.addScreenShare();
    await expect(session.addScreenShare()).rejects.toMatchObject({ code: 'wrong_state' });
    const last = published().at(-1)?.stream_id;
    session.stopScreenShare('screen');
    await settled();
    expect(session.state.screen).toMatchObject({ id: 'screen-2', status: 'on' });
    expect(published()).toHaveLength(4);
    expect(published().at(-1)?.stream_id).toBe(last);
    session.stopScreenShare();
    await settled();
    expect([session.state.screens, session.state.screen.status, published()]).toEqual([[], 'off', []]);
  });

  it('says that the picker was closed, and is ready for the next try', async () => {
    const { host, session } = await joined();
    host.captureError = new ClientError('capture_cancelled', 'screen: denied');
    await expect(session.startScreenShare()).rejects.toMatchObject({ code: 'capture_cancelled' });
    expect(session.state.screen.status).toBe('off');
  });

  it('reports a track the server refuses, and publishes the others', async () => {
    const { host, session } = setUp();
    const errors: ClientError[] = [];
    session.events.on('error', ({ error }) => errors.push(error));
    host.answers.offer = (params) =>
      Object.values(params.tracks as Record<string, { type: string }>).some(({ type }) => type === 'audio')
        ? { error: { code: 403, message: 'audio is not allowed' } }
        : { result: { type: 'answer', sdp: 'v=0 answer' } };
    await session.join({ access: { token: testToken() }, name: 'Ada' });
    await settled();
    expect(errors).toMatchObject([{ serverCode: 403, message: 'audio is not allowed' }]);
    expect(Object.values(host.socket.requests('offer').at(-1)?.params?.tracks as object)).toMatchObject([
      { type: 'video' },
    ]);
  });
});
