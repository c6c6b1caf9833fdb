import { serializeThumbnails } from '@amphi/hls';
import { VirtualClock } from '@amphi/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeVideo } from '../test/fake-video.ts';
import type { Engine, EngineCallbacks, Level } from './engine.ts';
import { PlayerError } from './errors.ts';
import { Player, type PlayerOptions } from './player.ts';
import { FAILED_RETRY_MS, LOADING_ATTEMPTS } from './retry.ts';

/** An engine in the hands of the test. */
class FakeEngine implements Engine {
  readonly callbacks: EngineCallbacks;
  readonly loads: string[] = [];
  currentLevel: number | undefined;
  chosenLevel: number | undefined;
  chosenCaptions: number | undefined;
  isLive = true;
  livePosition: number | undefined;
  playingDate: number | undefined;
  bandwidthBps: number | undefined;
  thumbnailsUrl: string | undefined;
  /** Wall clock of position 0. */
  startDate: number | undefined;
  isDestroyed = false;

  constructor(callbacks: EngineCallbacks) {
    this.callbacks = callbacks;
  }

  load(url: string): void {
    this.loads.push(url);
  }

  chooseLevel(id: number | undefined): void {
    this.chosenLevel = id;
  }

  chooseCaptions(id: number | undefined): void {
    this.chosenCaptions = id;
  }

  dateAt(position: number): number | undefined {
    return this.startDate === undefined ? undefined : this.startDate + position * 1000;
  }

  positionAt(date: number): number | undefined {
    return this.startDate === undefined ? undefined : (date - this.startDate) / 1000;
  }

  destroy(): void {
    this.isDestroyed = true;
  }
}

const URL = 'http://host/hls/s/master.m3u8';
const network = new PlayerError('network', 'manifestLoadError (HTTP 404)');
let clock: VirtualClock;
let video: FakeVideo;
let engine: FakeEngine;
let player: Player;

function open(options: PlayerOptions = {}): void {
  player = new Player(video.element, {
    clock,
    url: URL,
    engine: (_video, callbacks) => {
      engine = new FakeEngine(callbacks);
      return engine;
    },
    ...options,
  });
}
const state = (): string => player.getSnapshot().state.name;
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  clock = new VirtualClock();
  video = new FakeVideo();
});
afterEach(() => player.close());

async function startPlaying(): Promise<void> {
  engine.callbacks.onReady();
  await settled();
}

describe('THB4: the thumbnail of a place behind live', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('is of what was captured there, as far as the stream is kept; nothing is loaded before it is asked for', async () => {
    const asked: string[] = [];
    vi.stubGlobal('fetch', async (url: string) => {
      asked.push(url);
      const cues = [0, 4].map((second) => ({
        ...{ startsAt: second, endsAt: second + 4, date: 1_793_000_000_000 + second * 1000 },
        ...{ uri: 'a.jpg', x: second * 40, y: 0, width: 160, height: 90 },
      }));
      return new Response(url.endsWith('.vtt') ? serializeThumbnails(cues) : 'image');
    });
    open();
    await startPlaying();
    expect(await player.thumbnailBehindLive(0)).toBeUndefined();
    engine.thumbnailsUrl = 'http://host/hls/s/thumbnails.vtt';
    engine.livePosition = 17;
    engine.startDate = 1_793_000_000_000 - 10_000;
    video.seekableFrom = 11;
    expect(asked).toEqual([]);
    expect((await player.thumbnailBehindLive(1))?.x).toBe(160);
    expect((await player.thumbnailBehindLive(5))?.x).toBe(0);
    expect((await player.thumbnailBehindLive(500))?.x).toBe(0);
    expect((await player.thumbnailAt(15))?.x).toBe(160);
    expect(await player.thumbnailAt(9)).toBeUndefined();
    expect(asked).toEqual(['http://host/hls/s/thumbnails.vtt', 'http://host/hls/s/a.jpg']);
  });
});

describe('captions', () => {
  it('CAP1: are told with what is shown of them, and are gone with their stream', () => {
    open();
    expect(player.getSnapshot()).toMatchObject({ captions: [], chosenCaptions: undefined });
    const german = { id: 1, label: 'Deutsch', language: 'de' };
    engine.callbacks.onCaptions([{ id: 0, label: 'English', language: 'en' }, german]);
    player.chooseCaptions(german);
    expect(player.getSnapshot()).toMatchObject({ captions: [{ id: 0 }, { id: 1 }], chosenCaptions: german });
    player.chooseCaptions(undefined);
    expect(player.getSnapshot().chosenCaptions).toBeUndefined();
    player.load('http://host/hls/t/master.m3u8');
    expect(player.getSnapshot().captions).toEqual([]);
  });
});

describe('failures', () => {
  it('are retried with growing waits, then shown and retried in a slower rhythm until it plays', async () => {
    open();
    for (let i = 1; i <= LOADING_ATTEMPTS; i++) {
      engine.callbacks.onFailure(network);
      expect(player.getSnapshot().state).toEqual({ name: 'loading', attempt: i, error: network });
      clock.advance(8_000);
      expect(engine.loads).toHaveLength(1 + i);
    }
    engine.callbacks.onFailure(network);
    expect(player.getSnapshot().state).toEqual({
      name: 'failed',
      error: network,
      retryAt: clock.now() + FAILED_RETRY_MS,
    });
    clock.advance(FAILED_RETRY_MS);
    expect(engine.loads).toHaveLength(LOADING_ATTEMPTS + 2);
    expect(state()).toBe('failed');
    await startPlaying();
    expect(state()).toBe('playing');
    engine.callbacks.onFailure(network);
    expect(player.getSnapshot().state).toMatchObject({ name: 'loading', attempt: 1 });
  });

  it('are retried at once when the network is back, which plays nothing that was paused', async () => {
    const globalEvents = new EventTarget();
    vi.stubGlobal('addEventListener', globalEvents.addEventListener.bind(globalEvents));
    open();
    vi.unstubAllGlobals();
    player.pause();
    expect(state()).toBe('loading');
    globalEvents.dispatchEvent(new Event('online'));
    expect(engine.loads).toHaveLength(2);
    await startPlaying();
    expect([state(), video.paused]).toEqual(['loading', true]);
    await player.play();
    expect(state()).toBe('playing');
  });

  it('are retried at once when the viewer asks', () => {
    open();
    for (let i = 0; i <= LOADING_ATTEMPTS; i++) {
      engine.callbacks.onFailure(network);
      clock.advance(8_000);
    }
    const loads = engine.loads.length;
    player.retry();
    expect(state()).toBe('loading');
    expect(engine.loads).toHaveLength(loads + 1);
    clock.advance(FAILED_RETRY_MS);
    expect(engine.loads).toHaveLength(loads + 1);
  });

  it('that nothing can heal are final', () => {
    open();
    engine.callbacks.onFailure(new PlayerError('unsupported', 'no HLS here'));
    expect(player.getSnapshot().state).toMatchObject({ name: 'failed', error: { code: 'unsupported' } });
    clock.advance(60_000);
    expect(engine.loads).toHaveLength(1);
  });
});

describe('a viewer', () => {
  it('sees buffering with its stall counted, and playing again', async () => {
    open();
    await startPlaying();
    video.dispatchEvent(new Event('waiting'));
    engine.callbacks.onStall();
    expect(state()).toBe('buffering');
    clock.advance(700);
    video.dispatchEvent(new Event('playing'));
    expect(state()).toBe('playing');
    expect(player.stats()).toMatchObject({ stalls: 1, stalledMs: 700, framesShown: 97, framesDropped: 3 });
  });

  it('falls behind, is not taken for live until close to the edge, and jumps there', async () => {
    open();
    await startPlaying();
    engine.livePosition = 100;
    video.currentTime = 96.5;
    clock.advance(250);
    expect(player.getSnapshot()).toMatchObject({ state: { name: 'behindLive' }, behindLive: 3.5 });
    video.currentTime = 98;
    clock.advance(250);
    expect(state()).toBe('behindLive');
    await player.jumpToLive();
    clock.advance(250);
    expect([video.currentTime, state()]).toEqual([100, 'playing']);
  });

  it('is taken back to the edge with keepLive, unless it went back by its own will or pauses', async () => {
    open({ keepLive: true });
    await startPlaying();
    engine.livePosition = 100;
    video.currentTime = 90;
    clock.advance(250);
    expect(video.currentTime).toBe(100);
    player.seek(50);
    clock.advance(250);
    expect(video.currentTime).toBe(50);
    await player.jumpToLive();
    player.pause();
    video.currentTime = 60;
    clock.advance(250);
    expect([video.currentTime, state()]).toEqual([60, 'paused']);
  });

  it('DVR6: goes on from where it was paused when that is wanted, else live', async () => {
    open({ keepLive: true });
    await startPlaying();
    const pausedAt = async (position: number, options?: { readonly keepsPlace: boolean }): Promise<number> => {
      engine.livePosition = position;
      await player.jumpToLive();
      player.pause(options);
      engine.livePosition = position + 30;
      await player.play();
      clock.advance(250);
      return video.currentTime;
    };
    expect(await pausedAt(100, { keepsPlace: true })).toBe(100);
    expect(await pausedAt(200)).toBe(230);
  });

  it('is asked for a gesture when the browser refuses to play, and plays after it', async () => {
    open();
    video.refusal = new DOMException('no', 'NotAllowedError');
    await startPlaying();
    expect(state()).toBe('autoplayBlocked');
    video.refusal = undefined;
    await player.play();
    expect(state()).toBe('playing');
  });

  it('hears nothing rather than being asked, where that is wanted', async () => {
    open({ whenAutoplayBlocked: 'mute' });
    video.refusal = new DOMException('no', 'NotAllowedError');
    await startPlaying();
    expect(player.getSnapshot()).toMatchObject({ state: { name: 'playing' }, isMuted: true });
  });

  it('chooses among levels with a picture, the largest first', () => {
    open();
    const level = (id: number, height: number): Level => ({
      id,
      width: height * 2,
      height,
      bitrateBps: height,
      frameRate: 30,
      videoCodec: undefined,
    });
    engine.callbacks.onLevels([level(0, 0), level(1, 360), level(2, 720)]);
    expect(player.getSnapshot().levels.map(({ id }) => id)).toEqual([2, 1]);
    player.chooseLevel(player.getSnapshot().levels[1]);
    expect(player.getSnapshot().chosenLevel?.id).toBe(1);
    player.chooseLevel(undefined);
    expect(player.getSnapshot().chosenLevel).toBeUndefined();
  });

  it('gets messages when the picture reaches them', async () => {
    open();
    await startPlaying();
    const got: string[] = [];
    player.on('timedMetadata', ({ payload }) => got.push(payload));
    const date = (ms: number): string => new Date(ms).toISOString();
    const body = { payload: 'poll:1', start_date: date(10_000), end_date: date(20_000) };
    engine.callbacks.onDateRanges([{ id: 'a', custom: [btoa(JSON.stringify(body))] }]);
    engine.playingDate = 9_900;
    clock.advance(250);
    expect(got).toEqual([]);
    engine.playingDate = 10_100;
    clock.advance(500);
    expect(got).toEqual(['poll:1']);
  });

  it('comes to the end of a stream whose sound is shorter than its picture', async () => {
    open();
    await startPlaying();
    Object.assign(video, { currentTime: 9.7, duration: 10 });
    video.dispatchEvent(new Event('waiting'));
    clock.advance(2000);
    expect(state()).toBe('buffering');
    engine.isLive = false;
    clock.advance(250);
    expect(state()).toBe('ended');
    expect(player.stats().stalledMs).toBe(2250);
  });

  it('who closes the page leaves nothing behind', async () => {
    open();
    await startPlaying();
    player.close();
    expect((await player.closed).by).toBe('self');
    expect(engine.isDestroyed).toBe(true);
    expect(clock.pending).toBe(0);
    player.load(URL);
    expect(engine.loads).toHaveLength(1);
  });
});

describe('the snapshot', () => {
  it('is the same object until something changes, and listeners hear of each change once', async () => {
    open();
    let calls = 0;
    const off = player.subscribe(() => calls++);
    const before = player.getSnapshot();
    clock.advance(1000);
    expect(player.getSnapshot()).toBe(before);
    expect(calls).toBe(0);
    await startPlaying();
    expect(calls).toBe(1);
    engine.playingDate = clock.now() - 1_440;
    clock.advance(250);
    expect(player.getSnapshot().latency).toBe(1.7);
    expect(calls).toBe(2);
    off();
    player.unload();
    expect(calls).toBe(2);
    expect(player.getSnapshot()).toMatchObject({ state: { name: 'idle' }, url: undefined, levels: [] });
  });
});

describe('DVR3: going back in a stream that is kept', () => {
  beforeEach(() => {
    open({ keepLive: true });
    engine.livePosition = 1000;
    video.currentTime = 1000;
    video.seekableFrom = 399.5;
    engine.callbacks.onReady();
    clock.advance(1_000);
  });

  it('is as far as the snapshot says, and no further', async () => {
    expect(player.getSnapshot().seekableBehind).toBe(600);
    await player.seekBehindLive(120);
    expect(video.currentTime).toBe(880);
    await player.seekBehindLive(9_999);
    expect(video.currentTime).toBe(399.5);
  });

  it('stays there, though others are taken back to the live edge, until asked to go live', async () => {
    await player.seekBehindLive(120);
    clock.advance(5_000);
    expect(video.currentTime).toBe(880);
    expect(player.getSnapshot()).toMatchObject({ state: { name: 'behindLive' }, behindLive: 120 });
    await player.seekBehindLive(0);
    expect(video.currentTime).toBe(1000);
    engine.livePosition = 1010;
    clock.advance(1_000);
    expect(video.currentTime).toBe(1010);
  });

  it('is not possible where the live edge or what is kept is not known', async () => {
    engine.livePosition = undefined;
    await player.seekBehindLive(120);
    expect(video.currentTime).toBe(1000);
    clock.advance(1_000);
    expect(player.getSnapshot().seekableBehind).toBe(0);
  });
});

describe('DVR5: another picture of the same stream', () => {
  const WIDE = 'http://host/hls/s/wide/master.m3u8';
  beforeEach(() => {
    open({ keepLive: true });
    engine.startDate = 1_793_000_000_000;
    engine.livePosition = 1000;
    video.currentTime = 1000;
    video.seekableFrom = 100;
    engine.callbacks.onReady();
    clock.advance(1_000);
  });

  /** As an engine does with what it loads: it begins at live, in a media time of its own. */
  function arrive(): void {
    engine.startDate = 1_793_000_000_000 + 400_000;
    engine.livePosition = 600;
    video.currentTime = 600;
    engine.callbacks.onReady();
    video.dispatchEvent(new Event('loadeddata'));
  }

  it('is begun where somebody was who had gone back, and they stay there', async () => {
    await player.seekBehindLive(120);
    engine.playingDate = engine.startDate! + 880_000;
    player.switchTo(WIDE);
    expect(engine.loads).toEqual([URL, WIDE]);
    arrive();
    expect(video.currentTime).toBe(480);
    clock.advance(5_000);
    expect(video.currentTime).toBe(480);
    await player.seekBehindLive(0);
    expect(video.currentTime).toBe(600);
  });

  it('is begun there, too, where it is changed again before it has come', async () => {
    await player.seekBehindLive(120);
    engine.playingDate = engine.startDate! + 880_000;
    player.switchTo(WIDE);
    engine.playingDate = undefined;
    player.switchTo(URL);
    arrive();
    expect(video.currentTime).toBe(480);
  });

  it('is live for who was live, for who asks for it meanwhile, and where the place is not to be found', async () => {
    engine.playingDate = engine.startDate! + 1_000_000;
    player.switchTo(WIDE);
    arrive();
    expect(video.currentTime).toBe(600);
    await player.seekBehindLive(120);
    player.switchTo(URL);
    await player.jumpToLive();
    arrive();
    expect(video.currentTime).toBe(600);
    await player.seekBehindLive(120);
    player.switchTo(WIDE);
    engine.positionAt = () => undefined;
    video.currentTime = 590;
    video.dispatchEvent(new Event('loadeddata'));
    clock.advance(1_000);
    expect(video.currentTime).toBe(600);
  });

  it('stays paused for who had paused', async () => {
    await player.seekBehindLive(120);
    player.pause();
    player.switchTo(WIDE);
    arrive();
    await settled();
    expect(video.paused).toBe(true);
    expect(state()).toBe('paused');
  });
});
