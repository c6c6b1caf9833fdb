import { describe, expect, it } from 'vitest';
import { ClientError, type TrackProcessor } from '../src/index.ts';
import { type FakeTrack, fakeTrack } from './fake-peer-connection.ts';
import { joined, settled, setUp } from './joined.ts';

/** What cameras and microphones go through before they are sent. */

const asFake = (track: MediaStreamTrack | undefined): FakeTrack => track as unknown as FakeTrack;

/** Takes note of what it gets; what it makes is called `made-` with the number of the call. */
class FakeProcessor implements TrackProcessor {
  readonly sources: MediaStreamTrack[] = [];
  readonly made: MediaStreamTrack[] = [];
  fail: (error: unknown) => void = () => {};
  error: Error | undefined;
  #gate: Promise<void> | undefined;

  /** Holds what is processed from now on. @returns lets it go on */
  hold(): () => void {
    let open = (): void => {};
    this.#gate = new Promise((resolve) => {
      open = resolve;
    });
    return open;
  }

  async process(source: MediaStreamTrack, fail: (error: unknown) => void) {
    this.sources.push(source);
    this.fail = fail;
    await this.#gate;
    if (this.error) throw this.error;
    const track = fakeTrack(source.kind === 'audio' ? 'audio' : 'video', `made-${this.sources.length}`);
    this.made.push(track);
    return { track, stop: () => track.stop() };
  }
}

describe('processors', () => {
  it('what is made of the camera is sent and shown in its place, without an exchange, and back again', async () => {
    const { host, session } = await joined('broadcaster', { camera: true });
    const offers = host.socket.requests('offer').length;
    const sent = () => host.publish.senders.find(({ kind }) => kind === 'video')?.track;
    const own = session.state.camera.track;
    const blur = new FakeProcessor();
    await session.setCameraProcessor(blur);
    await settled();
    expect(blur.sources).toEqual([own]);
    expect(session.state.camera).toMatchObject({ status: 'on', track: blur.made[0], source: own });
    expect(sent()).toBe(blur.made[0]);
    const other = new FakeProcessor();
    await session.setCameraProcessor(other);
    await settled();
    expect(asFake(blur.made[0]).isStopped).toBe(true);
    expect(other.sources).toEqual([own]);
    await session.setCameraProcessor(undefined);
    await settled();
    expect(sent()).toBe(own);
    expect(session.state.camera).toMatchObject({ status: 'on', track: own, source: own });
    expect(asFake(own).isStopped).toBe(false);
    expect(host.socket.requests('offer')).toHaveLength(offers);
    expect(host.captures).toHaveLength(1);
  });

  it('nothing is shown or sent of a camera before its processor has made something of it', async () => {
    const { session } = setUp();
    const blur = new FakeProcessor();
    const open = blur.hold();
    await session.setCameraProcessor(blur);
    const switchedOn = session.setCamera(true);
    await settled();
    expect(blur.sources).toHaveLength(1);
    expect(session.state.camera).toMatchObject({ status: 'starting', track: undefined });
    open();
    await switchedOn;
    expect(session.state.camera).toMatchObject({ status: 'on', track: blur.made[0] });
  });

  it('ends with the camera, and comes back with it and with another one', async () => {
    const { host, session } = await joined('broadcaster', { camera: true });
    const blur = new FakeProcessor();
    await session.setCameraProcessor(blur);
    await session.setCamera(false);
    expect(asFake(blur.made[0]).isStopped).toBe(true);
    expect(asFake(blur.sources[0]).isStopped).toBe(true);
    await session.setCamera(true);
    await session.selectCamera('cam-2');
    await settled();
    expect(blur.sources).toHaveLength(3);
    expect(asFake(blur.made[1]).isStopped).toBe(true);
    expect(host.publish.senders.find(({ kind }) => kind === 'video')?.track).toBe(blur.made[2]);
    // Unplugged: what there is else goes through it, too.
    asFake(blur.sources[2]).onended?.();
    await settled();
    expect(session.state.camera).toMatchObject({ status: 'on', track: blur.made[3] });
  });

  it('a microphone is muted on both sides of its processor', async () => {
    const { session } = await joined('broadcaster', { microphone: true });
    const voice = new FakeProcessor();
    await session.setMicrophoneProcessor(voice);
    const [made, source] = [voice.made[0]!, voice.sources[0]!];
    await session.setMicrophone(false);
    expect([made.enabled, source.enabled]).toEqual([false, false]);
    expect(session.state.microphone).toMatchObject({ status: 'off', track: made });
    await session.setMicrophone(true);
    expect([made.enabled, source.enabled]).toEqual([true, true]);
  });

  it('one that does not work switches the device off rather than sending what was to be kept back', async () => {
    const { host, session } = await joined('broadcaster', { camera: true });
    const own = session.state.camera.track;
    const blur = new FakeProcessor();
    blur.error = new Error('no WebGL');
    await session.setCameraProcessor(blur);
    await settled();
    expect(session.state.camera).toMatchObject({
      status: 'failed',
      isEnabled: false,
      error: { code: 'processor_failed' },
    });
    expect(session.state.camera.error?.message).toContain('no WebGL');
    expect(asFake(own).isStopped).toBe(true);
    expect(host.publish.senders.find(({ kind }) => kind === 'video')?.track).toBeUndefined();
    await session.setCameraProcessor(undefined);
    expect(session.state.camera).toMatchObject({ status: 'off', error: undefined });
    await session.setCamera(true);
    expect(session.state.camera.status).toBe('on');
  });

  it('one that cannot go on switches the device off; one that is no longer used changes nothing', async () => {
    const { session } = await joined('broadcaster', { camera: true });
    const [first, second] = [new FakeProcessor(), new FakeProcessor()];
    await session.setCameraProcessor(first);
    await session.setCameraProcessor(second);
    first.fail(new Error('late'));
    expect(session.state.camera.status).toBe('on');
    second.fail(new ClientError('processor_failed', 'the picture came to a halt'));
    expect(session.state.camera).toMatchObject({ status: 'failed', track: undefined });
    expect(asFake(second.made[0]).isStopped).toBe(true);
    expect(asFake(second.sources[0]).isStopped).toBe(true);
  });

  it('a device that is lost while its processor starts gives way to another', async () => {
    const { host, session } = await joined('broadcaster', { camera: true });
    const blur = new FakeProcessor();
    const open = blur.hold();
    const set = session.setCameraProcessor(blur);
    await settled();
    asFake(blur.sources[0]).onended?.();
    open();
    await set;
    await settled();
    expect(asFake(blur.made[0]).isStopped).toBe(true);
    expect(session.state.camera).toMatchObject({ status: 'on', track: blur.made[1] });
    expect(host.captures).toHaveLength(2);
  });
});
