import { setImmediate as microtasksDone } from 'node:timers/promises';
import { CodedError, type Logger, silentLogger } from '@amphi/base';
import type { PlainSubscribeParams, PlainSubscribeResult } from '@amphi/protocol';
import { VirtualClock } from '@amphi/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import type { MediaCommand } from '../pipeline/messages.ts';
import type { StageTrack } from '../session/stage.ts';
import { type PlainSubscriber, TrackSubscriptions } from './track-subscriptions.ts';

const track = (trackId: string, kind: 'audio' | 'video' = 'video'): StageTrack => ({
  trackId,
  peerId: 'p',
  kind,
  source: 'regular',
  streamId: 'stream',
  muted: false,
});

/** The server's side: subscriptions by id, and requests that can be made to fail. */
class FakeServer implements PlainSubscriber {
  readonly subscriptions = new Map<string, { readonly trackId: string; layer: number; resumed: boolean }>();
  readonly asked: string[] = [];
  /** Of the next tracks. */
  says: { spatial_layers?: number } = {};
  /** Method that fails, with this error, until it is taken off. */
  failing: { readonly method: keyof PlainSubscriber; readonly error: Error } | undefined;
  #next = 1;

  async subscribe({
    track_id,
    preferred_spatial_layer: layer = 2,
  }: PlainSubscribeParams): Promise<PlainSubscribeResult> {
    this.#note('subscribe', track_id);
    const id = `${track_id}#${this.#next++}`;
    this.subscriptions.set(id, { trackId: track_id, layer, resumed: false });
    const address = { ip: '127.0.0.1', port: 1, ssrc: 1, payload_type: 101, ...this.says };
    return { subscription_id: id, ...address, mime_type: 'video/VP8', clock_rate: 90_000 };
  }

  async resume(id: string): Promise<void> {
    this.#note('resume', id);
    this.#named(id).resumed = true;
  }

  async preferLayer(id: string, layer: number): Promise<void> {
    this.#note('preferLayer', `${id} ${layer}`);
    this.#named(id).layer = layer;
  }

  async unsubscribe(id: string): Promise<void> {
    this.#note('unsubscribe', id);
    this.subscriptions.delete(id);
  }

  #note(method: keyof PlainSubscriber, what: string): void {
    this.asked.push(`${method} ${what}`);
    if (this.failing?.method === method) throw this.failing.error;
  }

  #named(id: string) {
    const subscription = this.subscriptions.get(id);
    if (!subscription) throw new CodedError('signaling_refused', `404 no plain subscription ${id}`);
    return subscription;
  }
}

let clock: VirtualClock;
let server: FakeServer;
/** Sources of the media thread that are open. */
let sources: Set<string>;
let socketsFail: boolean;
let troubles: string[];
let layersTold: string[];
let subscriptions: TrackSubscriptions;

beforeEach(() => {
  clock = new VirtualClock();
  server = new FakeServer();
  sources = new Set();
  socketsFail = false;
  troubles = [];
  layersTold = [];
  subscriptions = new TrackSubscriptions({
    peer: server,
    listenIp: '127.0.0.1',
    post: actAsMediaThread,
    onChange: () => {},
    onLayers: (trackId, layers) => layersTold.push(`${trackId} ${layers}`),
    onTrouble: ({ code }) => troubles.push(code),
    clock,
    logger: silentLogger,
  });
  return () => subscriptions.close();
});

function actAsMediaThread(command: MediaCommand): void {
  if (command.type === 'close-source') sources.delete(command.sourceId);
  if (command.type !== 'open-source') return;
  if (socketsFail) subscriptions.sourceFailed(command.sourceId, 'EMFILE');
  else {
    sources.add(command.sourceId);
    subscriptions.sourceOpened(command.sourceId, 5_000);
  }
}

const held = () => [...server.subscriptions.keys()];

describe('subscriptions of the composer', () => {
  it('EG22: tell in how many layers a picture comes, where the server says it', async () => {
    subscriptions.setDesired([track('v')]);
    await microtasksDone();
    server.says = { spatial_layers: 1 };
    subscriptions.setDesired([track('v'), track('w')]);
    await microtasksDone();
    expect(held()).toHaveLength(2);
    expect(layersTold).toEqual(['w 1']);
  });

  it('are told as trouble in the log at the second failure, and once: the word that a track has ended may be on its way', async () => {
    const told: string[] = [];
    const logger: Logger = {
      ...silentLogger,
      warn: (fields, message) => void told.push(`${message}: ${fields.error}`),
    };
    const own = new TrackSubscriptions({
      peer: server,
      listenIp: '127.0.0.1',
      post: (command) => {
        if (command.type === 'open-source') own.sourceOpened(command.sourceId, 5_000);
      },
      onChange: () => {},
      onTrouble: ({ code }) => troubles.push(code),
      clock,
      logger,
    });
    server.failing = { method: 'subscribe', error: new CodedError('signaling_refused', '404 no track v') };
    const tellingAfter = async (ms: number) => {
      clock.advance(ms);
      await microtasksDone();
      return told;
    };
    own.setDesired([track('v')]);
    expect(await tellingAfter(0)).toEqual([]);
    // It had ended, as the next word says.
    own.setDesired([]);
    expect(await tellingAfter(1_000)).toEqual([]);
    own.setDesired([track('v')]);
    expect(await tellingAfter(0)).toEqual([]);
    expect(await tellingAfter(1_000)).toEqual(['track cannot be had yet: 404 no track v']);
    for (let again = 0; again < 3; again += 1) await tellingAfter(1_000);
    expect(told).toHaveLength(1);
    expect(troubles).toEqual([]);
    own.close();
  });

  it('CL9: are those that are wanted, in their order, each resumed', async () => {
    subscriptions.setDesired([track('a', 'audio'), track('v')]);
    await microtasksDone();
    expect(held()).toEqual(['a#1', 'v#2']);
    expect([...server.subscriptions.values()].every(({ resumed }) => resumed)).toBe(true);
    subscriptions.setDesired([track('a', 'audio')]);
    await microtasksDone();
    expect(held()).toEqual(['a#1']);
    expect([...sources]).toEqual(['a']);
  });

  it('EG23: have the layer that the server agreed to: a wish that was lost is told again', async () => {
    subscriptions.setDesired([track('v')]);
    await microtasksDone();
    server.failing = { method: 'preferLayer', error: new CodedError('signaling_lost', 'the socket was lost') };
    subscriptions.preferLayers(new Map([['v', 2]]));
    await microtasksDone();
    expect(server.subscriptions.get('v#1')?.layer).toBe(1);
    server.failing = undefined;
    clock.advance(1_000);
    await microtasksDone();
    expect(server.subscriptions.get('v#1')?.layer).toBe(2);
    subscriptions.preferLayers(new Map([['v', 2]]));
    await microtasksDone();
    expect(server.asked.filter((what) => what.startsWith('preferLayer'))).toHaveLength(2);
  });

  it('EG23: leave nothing at the server when they cannot be resumed', async () => {
    server.failing = { method: 'resume', error: new CodedError('signaling_timeout', 'no answer') };
    subscriptions.setDesired([track('v')]);
    await microtasksDone();
    for (let i = 0; i < 3; i++) {
      expect(held()).toEqual([]);
      expect([...sources]).toEqual([]);
      clock.advance(1_000);
      await microtasksDone();
    }
    server.failing = undefined;
    clock.advance(1_000);
    await microtasksDone();
    expect(held()).toEqual(['v#5']);
  });

  it('EG18: are made anew when the server ended them and the track is still there', async () => {
    subscriptions.setDesired([track('v'), track('w')]);
    await microtasksDone();
    server.subscriptions.delete('v#1');
    subscriptions.subscriptionEnded('v#1');
    await microtasksDone();
    expect(held()).toEqual(['w#2', 'v#3']);
    subscriptions.subscriptionEnded('v#1');
    subscriptions.reset();
    await microtasksDone();
    expect(server.asked.filter((what) => what.startsWith('subscribe'))).toHaveLength(5);
    expect([...sources].sort()).toEqual(['v', 'w']);
  });

  it('EG18: are compared with those that the server has after a reconnect', async () => {
    subscriptions.setDesired([track('v'), track('w')]);
    await microtasksDone();
    server.subscriptions.delete('v#1');
    server.subscriptions.set('lost#9', { trackId: 'lost', layer: 0, resumed: false });
    subscriptions.subscriptionsTold(held());
    await microtasksDone();
    expect(held()).toEqual(['w#2', 'v#3']);
    expect([...sources].sort()).toEqual(['v', 'w']);
  });

  it('EG24: do without a source that gets no socket, say so once, and try again', async () => {
    socketsFail = true;
    subscriptions.setDesired([track('v')]);
    await microtasksDone();
    clock.advance(1_000);
    await microtasksDone();
    expect(troubles).toEqual(['socket_failed']);
    expect(server.asked).toEqual([]);
    socketsFail = false;
    clock.advance(1_000);
    await microtasksDone();
    expect(held()).toEqual(['v#1']);
  });
});
