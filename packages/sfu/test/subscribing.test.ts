import { CodedError, silentLogger } from '@amphi/base';
import { setLogEventListeners } from 'mediasoup';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Publishing, SessionRouter, Sfu, Subscribing } from '../src/index.ts';
import { createSfu } from '../src/index.ts';
import { type ClientSection, clientAnswer, clientOffer, publishable } from './client-sdp.ts';

const WANTED = { subscribed: true, maxLayer: 'high' } as const;
const CAMERA: ClientSection = { kind: 'video', trackId: 'cam', streamId: 'stream-1' };
const MICROPHONE: ClientSection = { kind: 'audio', trackId: 'mic', streamId: 'stream-1' };
const SCREEN: ClientSection = { kind: 'video', trackId: 'screen', streamId: 'stream-2' };
const ALL = publishable(
  { trackId: 'cam', kind: 'video', streamId: 'stream-1' },
  { trackId: 'mic', kind: 'audio', streamId: 'stream-1' },
  { trackId: 'screen', kind: 'video', streamId: 'stream-2' },
);

let sfu: Sfu;
let session: SessionRouter;
let publishing: Publishing;
let subscribing: Subscribing;
let offers: string[];
let version: number;

function publish(...sections: readonly ClientSection[]): Promise<unknown> {
  version += 1;
  return publishing.handleOffer({ sdp: clientOffer({ version, sections }), tracks: ALL });
}

function want(...trackIds: readonly string[]): void {
  subscribing.setTracks(new Map(trackIds.map((trackId) => [trackId, WANTED])));
}

/** The next offer; to be asked for before what causes it. */
function nextOffer(): Promise<string> {
  return new Promise((resolve) => subscribing.events.once('offer', ({ sdp }) => resolve(sdp)));
}

async function offerAfter(cause: () => unknown): Promise<string> {
  const offer = nextOffer();
  await cause();
  return offer;
}

/** `mid kind direction track` of each media section. */
function sectionsOf(sdp: string): string[] {
  return sdp.split(/^(?=m=)/m).flatMap((section) => {
    const kind = section.match(/^m=(audio|video) 9/)?.[1];
    if (!kind) return [];
    const track = section.match(/^a=msid:(\S+ \S+)/m)?.[1] ?? '-';
    return [`${section.match(/^a=mid:(\S+)/m)?.[1]} ${kind} ${section.match(/^a=(sendonly|inactive)/m)?.[1]} ${track}`];
  });
}

const versionOf = (sdp: string): number => Number(sdp.match(/^o=- \d+ (\d+)/m)?.[1]);

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof CodedError) return error.code;
    throw error;
  }
  return undefined;
}

beforeAll(async () => {
  sfu = await createSfu({ workers: 1, listen: [{ ip: '127.0.0.1' }], logger: silentLogger });
});

beforeEach(async () => {
  session = await sfu.createSessionRouter({ sessionId: 'subscribing' });
  publishing = await session.createPublishing({ peerId: 'p1' });
  subscribing = await session.createSubscribing({ peerId: 'p2' });
  offers = [];
  version = 0;
  subscribing.events.on('offer', ({ sdp }) => offers.push(sdp));
  return () => session.close();
});

afterAll(async () => {
  sfu.close();
  await sfu.closed;
});

describe('offers', () => {
  test('SB1: the first has the data channel, also without any track; start counts once', async () => {
    const sdp = await offerAfter(() => {
      subscribing.start();
      subscribing.start();
    });
    expect(sdp).toMatch(/m=application 9 UDP\/DTLS\/SCTP webrtc-datachannel/);
    expect(sectionsOf(sdp)).toEqual([]);
    await subscribing.handleAnswer(clientAnswer(sdp));
    expect(subscribing.connectionState).toBe('connecting');
    expect(offers).toHaveLength(1);
  });

  test('nothing is offered before start', async () => {
    await publish(CAMERA);
    want('cam');
    const sdp = await offerAfter(() => subscribing.start());
    expect(offers).toHaveLength(1);
    expect(sectionsOf(sdp)).toEqual(['1 video sendonly stream-1 cam']);
  });

  test('SB2: one at a time: what changes while an answer is awaited goes into the next, together', async () => {
    const first = await offerAfter(() => subscribing.start());
    want('cam', 'mic', 'screen');
    await publish(CAMERA, MICROPHONE, SCREEN);
    want('cam', 'mic');
    expect(offers).toHaveLength(1);
    const second = await offerAfter(() => subscribing.handleAnswer(clientAnswer(first)));
    expect(sectionsOf(second)).toEqual(['1 video sendonly stream-1 cam', '2 audio sendonly stream-1 mic']);
    expect(versionOf(second)).toBe(versionOf(first) + 1);
    expect(second).toContain('a=setup:actpass');
    await subscribing.handleAnswer(clientAnswer(second));
    expect([...subscribing.trackIds]).toEqual(['cam', 'mic']);
    expect(offers).toHaveLength(2);
  });

  test('a wish for a track that is not there yet is met when it comes', async () => {
    want('cam');
    const first = await offerAfter(() => subscribing.start());
    await subscribing.handleAnswer(clientAnswer(first));
    const second = await offerAfter(() => publish(CAMERA));
    expect(sectionsOf(second)).toEqual(['1 video sendonly stream-1 cam']);
  });

  test('SB5, SB6: a track no longer wanted: inactive first, its section is used again only after that was answered', async () => {
    await publish(CAMERA, SCREEN);
    want('cam');
    subscribing.start();
    const first = await nextOffer();
    await subscribing.handleAnswer(clientAnswer(first));
    const second = await offerAfter(() => want('screen'));
    expect(sectionsOf(second)).toEqual(['1 video inactive -', '2 video sendonly stream-2 screen']);
    await subscribing.handleAnswer(clientAnswer(second));
    const third = await offerAfter(() => want('screen', 'cam'));
    expect(sectionsOf(third)).toEqual(['1 video sendonly stream-1 cam', '2 video sendonly stream-2 screen']);
  });

  test('SB6: the same track id published anew is another track: out of its section, into a new one', async () => {
    await publish(CAMERA);
    want('cam');
    subscribing.start();
    await subscribing.handleAnswer(clientAnswer(await nextOffer()));
    const second = await offerAfter(() => publish({ ...CAMERA, ssrc: 4711 }));
    expect(sectionsOf(second)[0]).toBe('1 video inactive -');
  });

  test('SB6: a track that goes while its offer is unanswered: the answer does not settle the section', async () => {
    await publish(CAMERA);
    want('cam', 'screen');
    subscribing.start();
    const first = await nextOffer();
    await publish({ ...CAMERA, direction: 'inactive' }, SCREEN);
    const second = await offerAfter(() => subscribing.handleAnswer(clientAnswer(first)));
    expect(sectionsOf(second)).toEqual(['1 video inactive -', '2 video sendonly stream-2 screen']);
  });

  test('SB3: a section of the other kind is not used again', async () => {
    await publish(CAMERA);
    want('cam', 'mic');
    subscribing.start();
    await subscribing.handleAnswer(clientAnswer(await nextOffer()));
    const second = await offerAfter(() => publish({ ...CAMERA, direction: 'inactive' }));
    await subscribing.handleAnswer(clientAnswer(second));
    const third = await offerAfter(() => publish({ ...CAMERA, direction: 'inactive' }, MICROPHONE));
    expect(sectionsOf(third)).toEqual(['1 video inactive -', '2 audio sendonly stream-1 mic']);
  });

  test('SB7: changes of layers or pauses need no offer', async () => {
    await publish(CAMERA, MICROPHONE);
    want('cam', 'mic');
    subscribing.start();
    await subscribing.handleAnswer(clientAnswer(await nextOffer()));
    subscribing.setTracks(
      new Map([
        ['cam', { subscribed: true, maxLayer: 'none' }],
        ['mic', { subscribed: false, maxLayer: 'high' }],
      ]),
    );
    const next = await offerAfter(() => want('cam'));
    expect(offers).toHaveLength(2);
    expect(sectionsOf(next)).toEqual(['1 video sendonly stream-1 cam', '2 audio inactive -']);
  });

  test('SB10: ICE restart: new credentials in the next offer; without a connection there is nothing to restart', async () => {
    const pwd = (sdp: string): string | undefined => sdp.match(/a=ice-pwd:(\S+)/)?.[1];
    subscribing.restartIce();
    const first = await offerAfter(() => subscribing.start());
    await subscribing.handleAnswer(clientAnswer(first));
    const second = await offerAfter(() => subscribing.restartIce());
    expect(pwd(second)).not.toBe(pwd(first));
    // While it is unanswered, another restart waits for its turn.
    subscribing.restartIce();
    const third = await offerAfter(() => subscribing.handleAnswer(clientAnswer(second)));
    expect(pwd(third)).not.toBe(pwd(second));
    expect(offers).toHaveLength(3);
  });

  test('SB9: repeatOffer sends the same offer again while it is unanswered, and nothing after', async () => {
    const first = await offerAfter(() => subscribing.start());
    subscribing.repeatOffer();
    expect(offers).toEqual([first, first]);
    await subscribing.handleAnswer(clientAnswer(first));
    subscribing.repeatOffer();
    expect(offers).toHaveLength(2);
  });
});

describe('answers', () => {
  test('SB11: without an offer: unexpected_answer', async () => {
    const first = await offerAfter(() => subscribing.start());
    await subscribing.handleAnswer(clientAnswer(first));
    expect(await codeOf(subscribing.handleAnswer(clientAnswer(first)))).toBe('unexpected_answer');
  });

  test('SB11: garbage, or an answer to something else: invalid_sdp, and the offer still waits', async () => {
    await publish(CAMERA);
    want('cam');
    subscribing.start();
    const first = await nextOffer();
    const short = clientAnswer(first).split(/^(?=m=video)/m)[0] ?? '';
    const actpass = clientAnswer(first).replaceAll('a=setup:active', 'a=setup:actpass');
    for (const sdp of ['garbage', short, actpass, clientAnswer(first).replace('a=mid:1', 'a=mid:9')]) {
      expect(await codeOf(subscribing.handleAnswer(sdp))).toBe('invalid_sdp');
    }
    await subscribing.handleAnswer(clientAnswer(first));
  });

  test('SB12: a section the client refuses: its track is not offered again, others are', async () => {
    await publish(CAMERA, SCREEN);
    want('cam', 'screen');
    subscribing.start();
    const first = await nextOffer();
    const second = await offerAfter(() => subscribing.handleAnswer(clientAnswer(first, { refuse: ['1'] })));
    expect(sectionsOf(second)).toEqual(['1 video inactive -', '2 video sendonly stream-2 screen']);
    await subscribing.handleAnswer(clientAnswer(second));
    expect(subscribing.trackIds).toEqual(['screen']);
    expect(offers).toHaveLength(2);
    want('cam', 'screen');
    const third = await offerAfter(() => subscribing.restartIce());
    expect(sectionsOf(third)).toEqual(['1 video inactive -', '2 video sendonly stream-2 screen']);
  });

  test('SB12: what was refused is offered again to a client that came back, and when the track is wanted anew', async () => {
    await publish(CAMERA, SCREEN);
    want('cam', 'screen');
    subscribing.start();
    const refuse = async (offer: string, mid: string) => {
      const next = await offerAfter(() => subscribing.handleAnswer(clientAnswer(offer, { refuse: [mid] })));
      await subscribing.handleAnswer(clientAnswer(next));
      expect(subscribing.trackIds).toEqual(['screen']);
    };
    await refuse(await nextOffer(), '1');
    const afterReturn = await offerAfter(() => subscribing.repeatOffer());
    expect(sectionsOf(afterReturn)).toEqual(['1 video sendonly stream-1 cam', '2 video sendonly stream-2 screen']);
    await refuse(afterReturn, '1');
    want('screen');
    const wantedAnew = await offerAfter(() => want('cam', 'screen'));
    await subscribing.handleAnswer(clientAnswer(wantedAnew));
    expect([...subscribing.trackIds].sort()).toEqual(['cam', 'screen']);
  });
});

describe('closing', () => {
  test('CL5: nothing is left, calls fail with closed or do nothing', async () => {
    await publish(CAMERA, MICROPHONE);
    want('cam', 'mic');
    subscribing.start();
    const first = await nextOffer();
    expect(await sfu.stats()).toMatchObject({ subscribings: 1, consumers: 2 });
    subscribing.close();
    expect(await subscribing.closed).toEqual({ by: 'self' });
    expect(await codeOf(subscribing.handleAnswer(clientAnswer(first)))).toBe('closed');
    expect(subscribing.sendData('x')).toBe(false);
    subscribing.restartIce();
    want('cam');
    expect(subscribing.connectionState).toBe('closed');
    expect(await sfu.stats()).toMatchObject({ subscribings: 0, consumers: 0 });
  });

  test('closed in the middle of making an offer', async () => {
    await publish(CAMERA, MICROPHONE);
    want('cam', 'mic');
    subscribing.start();
    // Meanwhile the reconciling task begins and waits for the worker, which answers it after this question.
    await sfu.stats();
    subscribing.close();
    await subscribing.closed;
    expect(offers).toEqual([]);
    expect(await sfu.stats()).toMatchObject({ subscribings: 0, consumers: 0 });
  });

  test('CL1 CL3 CL4 CL7: nothing is closed twice: the worker is asked for nothing that it closed already', async () => {
    const complaints: string[] = [];
    setLogEventListeners({
      onwarn: (_, message) => complaints.push(message),
      onerror: (_, message, error) => complaints.push(`${message} ${error?.message ?? ''}`),
    });
    try {
      await publish(CAMERA, MICROPHONE);
      want('cam', 'mic', 'screen');
      const first = await offerAfter(() => subscribing.start());
      await subscribing.handleAnswer(clientAnswer(first));
      const leg = { trackId: 'cam', ip: '127.0.0.1', port: 9 };
      await session.createPlainSubscription(leg);
      const second = await offerAfter(() => publish(MICROPHONE));
      await subscribing.handleAnswer(clientAnswer(second));
      const third = await offerAfter(() => publish(CAMERA, MICROPHONE, SCREEN));
      await subscribing.handleAnswer(clientAnswer(third));
      await session.createPlainSubscription(leg);
      // A consumer that is being made while its track ends.
      want('cam', 'mic');
      want('cam', 'mic', 'screen');
      await sfu.stats();
      publishing.close();
      await publishing.closed;
      session.close();
      await session.closed;
      await sfu.stats();
      expect(complaints).toEqual([]);
    } finally {
      setLogEventListeners(undefined);
    }
  });
});
