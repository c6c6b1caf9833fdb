import { CodedError, type Emitter, type Logger, silentLogger } from '@amphi/base';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { PlainSubscriptionEvents, Publishing, SessionRouter, Sfu } from '../src/index.ts';
import { createSfu } from '../src/index.ts';
import { type ClientSection, clientOffer, publishable } from './client-sdp.ts';

const CAMERA: ClientSection = { kind: 'video', trackId: 'cam', rids: ['f', 'h', 'q'] };
const MICROPHONE: ClientSection = { kind: 'audio', trackId: 'mic' };
const BOTH = publishable({ trackId: 'mic', kind: 'audio' }, { trackId: 'cam', kind: 'video' });

let sfu: Sfu;
let session: SessionRouter;
let publishing: Publishing;

const ids = (): string[] => session.tracks().map(({ trackId }) => trackId);

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
  session = await sfu.createSessionRouter({ sessionId: 'publishing' });
  publishing = await session.createPublishing({ peerId: 'p1' });
  return () => session.close();
});

afterAll(async () => {
  sfu.close();
  await sfu.closed;
});

describe('offers', () => {
  test('PB3, PB5, PB12, PB18: data channel first, then one track after the other, then one unpublished', async () => {
    const first = await publishing.handleOffer({ sdp: clientOffer(), tracks: new Map() });
    expect(first).toMatchObject({ published: [], unpublished: [], refused: [], iceRestarted: false, replaced: false });
    expect(first.answer).toContain('a=setup:passive');
    expect(publishing.connectionState).toBe('connecting');
    const second = await publishing.handleOffer({
      sdp: clientOffer({ version: 2, sections: [MICROPHONE] }),
      tracks: publishable({ trackId: 'mic', kind: 'audio', streamId: 'cam-stream' }),
    });
    expect(second.published).toEqual([
      {
        trackId: 'mic',
        streamId: 'cam-stream',
        peerId: 'p1',
        kind: 'audio',
        source: 'regular',
        muted: false,
        layers: [],
      },
    ]);
    const third = await publishing.handleOffer({
      sdp: clientOffer({ version: 3, sections: [MICROPHONE, CAMERA] }),
      tracks: BOTH,
    });
    expect(third.published).toMatchObject([{ trackId: 'cam', layers: ['low', 'medium', 'high'] }]);
    expect(third.answer).toContain('a=simulcast:recv f;h;q');
    expect(third.answer).not.toContain('video-orientation');
    const fourth = await publishing.handleOffer({
      sdp: clientOffer({ version: 4, sections: [{ ...MICROPHONE, direction: 'inactive' }, CAMERA] }),
      tracks: publishable({ trackId: 'cam', kind: 'video' }),
    });
    expect(fourth).toMatchObject({ unpublished: ['mic'], published: [], refused: [] });
    expect(ids()).toEqual(['cam']);
  });

  test('PB12: the router tells of tracks that go', async () => {
    const told: string[] = [];
    session.events.on('trackUnpublished', ({ trackId, peerId }) => told.push(`-${trackId} of ${peerId}`));
    await publishing.handleOffer({ sdp: clientOffer({ sections: [MICROPHONE, CAMERA] }), tracks: BOTH });
    publishing.closeTrack('cam');
    publishing.close();
    await publishing.closed;
    expect(told).toEqual(['-cam of p1', '-mic of p1']);
  });

  test('PB17: offers at once are processed in their order', async () => {
    const answers = await Promise.all([
      publishing.handleOffer({ sdp: clientOffer({ sections: [MICROPHONE] }), tracks: BOTH }),
      publishing.handleOffer({ sdp: clientOffer({ version: 2, sections: [MICROPHONE, CAMERA] }), tracks: BOTH }),
    ]);
    expect(answers.map(({ published }) => published.map(({ trackId }) => trackId))).toEqual([['mic'], ['cam']]);
  });

  test('PB13: an older offer is stale and changes nothing; the same version is answered again', async () => {
    const sdp = clientOffer({ version: 5, sections: [MICROPHONE, CAMERA] });
    await publishing.handleOffer({ sdp, tracks: BOTH });
    const stale = publishing.handleOffer({ sdp: clientOffer({ version: 4 }), tracks: new Map() });
    expect(await codeOf(stale)).toBe('stale_offer');
    expect(ids()).toEqual(['mic', 'cam']);
    const again = await publishing.handleOffer({ sdp, tracks: BOTH });
    expect(again).toMatchObject({ published: [], unpublished: [], refused: [] });
  });

  test('PB15: a new user fragment is an ICE restart: other server credentials, same tracks', async () => {
    const ufrag = (sdp: string): string | undefined => sdp.match(/a=ice-ufrag:(\S+)/)?.[1];
    const before = await publishing.handleOffer({ sdp: clientOffer({ sections: [CAMERA] }), tracks: BOTH });
    const same = await publishing.handleOffer({ sdp: clientOffer({ version: 2, sections: [CAMERA] }), tracks: BOTH });
    expect(ufrag(same.answer)).toBe(ufrag(before.answer));
    const restarted = await publishing.handleOffer({
      sdp: clientOffer({ version: 3, ufrag: 'other', sections: [CAMERA] }),
      tracks: BOTH,
    });
    expect(restarted).toMatchObject({ iceRestarted: true, published: [], unpublished: [] });
    expect(ufrag(restarted.answer)).not.toBe(ufrag(before.answer));
  });

  test.each([
    ['another session', { sessionId: '2002' }],
    ['another certificate', { certificate: 'EF', version: 2 }],
  ])('PB14: %s is a new peer connection: the old tracks go, also where the same id comes again', async (_, change) => {
    const before = await publishing.handleOffer({ sdp: clientOffer({ sections: [MICROPHONE, CAMERA] }), tracks: BOTH });
    const after = await publishing.handleOffer({
      sdp: clientOffer({ ...change, sections: [CAMERA] }),
      tracks: publishable({ trackId: 'cam', kind: 'video' }),
    });
    expect(after).toMatchObject({ replaced: true, unpublished: ['mic', 'cam'], published: [{ trackId: 'cam' }] });
    expect(after.answer.match(/a=ice-pwd:\S+/)?.[0]).not.toBe(before.answer.match(/a=ice-pwd:\S+/)?.[0]);
    expect(await sfu.stats()).toMatchObject({ producers: 1 });
  });

  test('PB14: a late offer of a replaced peer connection is stale', async () => {
    await publishing.handleOffer({ sdp: clientOffer({ sessionId: '1' }), tracks: new Map() });
    await publishing.handleOffer({ sdp: clientOffer({ sessionId: '2', sections: [MICROPHONE] }), tracks: BOTH });
    const late = publishing.handleOffer({ sdp: clientOffer({ sessionId: '1', version: 9 }), tracks: new Map() });
    expect(await codeOf(late)).toBe('stale_offer');
    expect(ids()).toEqual(['mic']);
  });

  test('a section that carries another track than before: one goes, one comes', async () => {
    await publishing.handleOffer({ sdp: clientOffer({ sections: [MICROPHONE] }), tracks: BOTH });
    const outcome = await publishing.handleOffer({
      sdp: clientOffer({ version: 2, sections: [{ kind: 'audio', trackId: 'mic2', ssrc: 77 }] }),
      tracks: publishable({ trackId: 'mic2', kind: 'audio' }),
    });
    expect(outcome).toMatchObject({ unpublished: ['mic'], published: [{ trackId: 'mic2' }] });
  });
});

describe('sections that pause', () => {
  const only = (trackId: string, kind: 'audio' | 'video') => publishable({ trackId, kind });

  test('PB10: a forbidden track comes back on the same producer when it is allowed again', async () => {
    await publishing.handleOffer({ sdp: clientOffer({ sections: [CAMERA] }), tracks: BOTH });
    const told: string[] = [];
    session.events.on('trackUnpublished', ({ trackId }) => told.push(trackId));
    publishing.closeTrack('cam');
    expect(publishing.tracks()).toEqual([]);
    const sdp = clientOffer({ version: 2, sections: [CAMERA] });
    const forbidden = await publishing.handleOffer({ sdp, tracks: new Map() });
    expect(forbidden).toMatchObject({ refused: ['cam'], unpublished: [] });
    // Inactive, the genuine client could not take the track away later without hanging.
    expect(forbidden.answer).toMatch(/m=video 9 [\s\S]*a=recvonly[\s\S]*a=simulcast:recv f;h;q/);
    const allowed = await publishing.handleOffer({
      sdp,
      tracks: publishable({ trackId: 'cam', kind: 'video', muted: true }),
    });
    expect(allowed.published).toMatchObject([{ trackId: 'cam', muted: true, layers: ['low', 'medium', 'high'] }]);
    expect(told).toEqual(['cam']);
    expect(await sfu.stats()).toMatchObject({ producers: 1 });
  });

  test('PB16: while it is away another peer may take the track id; then it stays refused', async () => {
    const sdp = clientOffer({ sections: [MICROPHONE] });
    await publishing.handleOffer({ sdp, tracks: BOTH });
    publishing.closeTrack('mic');
    const other = await session.createPublishing({ peerId: 'p2' });
    await other.handleOffer({ sdp, tracks: BOTH });
    expect(await publishing.handleOffer({ sdp, tracks: BOTH })).toMatchObject({ refused: ['mic'], published: [] });
    expect(session.tracks()).toMatchObject([{ peerId: 'p2' }]);
  });

  test('sections that were made inactive long ago cost nothing', async () => {
    const sections: ClientSection[] = [];
    for (let index = 0; index < 8; index++) {
      const trackId = `screen-${index}`;
      sections.push({ kind: 'video', trackId });
      const sdp = clientOffer({ version: index + 1, sections });
      await publishing.handleOffer({ sdp, tracks: only(trackId, 'video') });
      sections[index] = { kind: 'video', trackId, direction: 'inactive' };
    }
    expect(ids()).toEqual(['screen-7']);
    expect(await sfu.stats()).toMatchObject({ producers: 5 });
  });
});

describe('what is refused', () => {
  test('PB10: a track that signaling does not name: nobody gets it, its section goes on', async () => {
    const outcome = await publishing.handleOffer({
      sdp: clientOffer({ sections: [MICROPHONE, CAMERA] }),
      tracks: publishable({ trackId: 'mic', kind: 'audio' }),
    });
    expect(outcome.refused).toEqual(['cam']);
    expect(outcome.answer).toMatch(/m=video 9 [\s\S]*a=recvonly/);
    expect(ids()).toEqual(['mic']);
  });

  test('PB5: a track of another kind than signaling says', async () => {
    const outcome = await publishing.handleOffer({
      sdp: clientOffer({ sections: [MICROPHONE] }),
      tracks: publishable({ trackId: 'mic', kind: 'video' }),
    });
    expect(outcome.refused).toEqual(['mic']);
  });

  test('PB11: a codec nobody here knows: port 0', async () => {
    const outcome = await publishing.handleOffer({
      sdp: clientOffer({ sections: [{ ...CAMERA, codec: 'VP7/90000' }] }),
      tracks: BOTH,
    });
    expect(outcome.refused).toEqual(['cam']);
    expect(outcome.answer).toContain('m=video 0 ');
  });

  test("PB16: another peer's track id, and one track in two sections", async () => {
    await publishing.handleOffer({ sdp: clientOffer({ sections: [MICROPHONE] }), tracks: BOTH });
    const other = await session.createPublishing({ peerId: 'p2' });
    const stolen = await other.handleOffer({ sdp: clientOffer({ sections: [MICROPHONE] }), tracks: BOTH });
    expect(stolen).toMatchObject({ published: [], refused: ['mic'] });
    const twice = await other.handleOffer({
      sdp: clientOffer({ version: 2, sections: [MICROPHONE, CAMERA, { kind: 'video', trackId: 'cam' }] }),
      tracks: BOTH,
    });
    expect(twice).toMatchObject({ published: [{ trackId: 'cam' }], refused: ['cam', 'mic'] });
    expect(session.tracks().map(({ peerId }) => peerId)).toEqual(['p1', 'p2']);
  });

  test('an SSRC that is taken: the worker refuses, the rest is published', async () => {
    const outcome = await publishing.handleOffer({
      sdp: clientOffer({
        sections: [
          { kind: 'audio', trackId: 'mic', ssrc: 5 },
          { kind: 'video', trackId: 'cam', ssrc: 5 },
        ],
      }),
      tracks: BOTH,
    });
    expect(outcome).toMatchObject({ published: [{ trackId: 'mic' }], refused: ['cam'] });
  });

  test('PB1: garbage: invalid_sdp, and the connection is as before', async () => {
    await publishing.handleOffer({ sdp: clientOffer({ sections: [MICROPHONE] }), tracks: BOTH });
    for (const sdp of ['', 'garbage', clientOffer({ version: 2 }).replace(/a=ice-pwd.*/g, '')]) {
      expect(await codeOf(publishing.handleOffer({ sdp, tracks: BOTH }))).toBe('invalid_sdp');
    }
    expect(ids()).toEqual(['mic']);
  });

  test('PB17: a flood of offers: too_many_requests', async () => {
    const offers = Array.from({ length: 40 }, (_, index) =>
      codeOf(publishing.handleOffer({ sdp: clientOffer({ version: index + 1 }), tracks: new Map() })),
    );
    const codes = await Promise.all(offers);
    expect(codes.slice(0, 10)).toEqual(Array(10).fill(undefined));
    expect(codes.at(-1)).toBe('too_many_requests');
  });
});

describe('mute and close', () => {
  test('a track published muted is muted; the offer and setTrackMuted change it', async () => {
    const muted = publishable({ trackId: 'mic', kind: 'audio', muted: true });
    const { published } = await publishing.handleOffer({ sdp: clientOffer({ sections: [MICROPHONE] }), tracks: muted });
    expect(published).toMatchObject([{ trackId: 'mic', muted: true }]);
    publishing.setTrackMuted('mic', false);
    expect(publishing.tracks()).toMatchObject([{ muted: false }]);
    await publishing.handleOffer({ sdp: clientOffer({ version: 2, sections: [MICROPHONE] }), tracks: muted });
    expect(publishing.tracks()).toMatchObject([{ muted: true }]);
    publishing.setTrackMuted('unknown', true);
  });

  test('what is muted or forbidden while its offer is being processed ends up so', async () => {
    const offer = publishing.handleOffer({ sdp: clientOffer(), tracks: new Map() });
    await offer;
    const pending = publishing.handleOffer({
      sdp: clientOffer({ version: 2, sections: [MICROPHONE, CAMERA] }),
      tracks: BOTH,
    });
    await Promise.resolve();
    publishing.setTrackMuted('mic', true);
    publishing.closeTrack('cam');
    const { published, refused } = await pending;
    expect(published).toMatchObject([{ trackId: 'mic', muted: true }]);
    expect(refused).toEqual(['cam']);
  });

  test('closed while an offer is processed: the offer fails with closed, nothing stays', async () => {
    const pending = publishing.handleOffer({ sdp: clientOffer({ sections: [MICROPHONE, CAMERA] }), tracks: BOTH });
    publishing.close();
    expect(await codeOf(pending)).toBe('closed');
    await publishing.closed;
    expect(await codeOf(publishing.handleOffer({ sdp: clientOffer(), tracks: new Map() }))).toBe('closed');
    expect(ids()).toEqual([]);
    expect(await sfu.stats()).toMatchObject({ publishings: 0, producers: 0 });
  });

  test('CON4: a listener of a plain subscription that fails is told in the log, and ends nothing', async () => {
    const told: string[] = [];
    const logger: Logger = { ...silentLogger, child: () => logger, error: (_, message) => void told.push(message) };
    const own = await createSfu({ workers: 1, listen: [{ ip: '127.0.0.1' }], logger });
    onTestFinished(() => own.close());
    const router = await own.createSessionRouter({ sessionId: 'faulty listeners' });
    const publisher = await router.createPublishing({ peerId: 'p1' });
    await publisher.handleOffer({ sdp: clientOffer({ sections: [CAMERA] }), tracks: BOTH });
    const plain = await router.createPlainSubscription({ trackId: 'cam', ip: '127.0.0.1', port: 9 });
    const { events } = plain as unknown as { readonly events: Emitter<PlainSubscriptionEvents> };
    events.on('captureReport', () => {
      throw new Error('poisoned');
    });
    events.emit('captureReport', { ssrc: 1, ntp: 1, rtpTimestamp: 1 });
    expect(told).toEqual(['a listener failed']);
    await plain.resume();
  });

  test('EG22: a plain subscription says in how many layers the picture comes; sound has none', async () => {
    const at = { ip: '127.0.0.1', port: 9 };
    await publishing.handleOffer({
      sdp: clientOffer({ sections: [MICROPHONE, { kind: 'video', trackId: 'cam' }] }),
      tracks: BOTH,
    });
    expect((await session.createPlainSubscription({ trackId: 'cam', ...at })).rtp.spatialLayers).toBe(1);
    expect((await session.createPlainSubscription({ trackId: 'mic', ...at })).rtp.spatialLayers).toBeUndefined();
  });

  test('plain subscriptions: unknown track, then one that ends with its track', async () => {
    const at = { ip: '127.0.0.1', port: 9 };
    expect(await codeOf(session.createPlainSubscription({ trackId: 'cam', ...at }))).toBe('unknown_track');
    await publishing.handleOffer({ sdp: clientOffer({ sections: [CAMERA] }), tracks: BOTH });
    const plain = await session.createPlainSubscription({ trackId: 'cam', preferredSpatialLayer: 0, ...at });
    expect(plain.rtp).toMatchObject({
      mimeType: 'video/VP8',
      clockRate: 90_000,
      spatialLayers: 3,
      rtx: { payloadType: expect.any(Number), ssrc: expect.any(Number) },
      remoteIp: '127.0.0.1',
    });
    expect(JSON.parse(JSON.stringify(plain.rtp))).toEqual(plain.rtp);
    await plain.resume();
    await plain.setPreferredSpatialLayer(2);
    publishing.closeTrack('cam');
    expect(await plain.closed).toEqual({ by: 'remote', code: 'unpublished' });
    expect(await codeOf(plain.resume())).toBe('closed');
    expect(await sfu.stats()).toMatchObject({ plainSubscriptions: 0, consumers: 0 });
  });
});

test('PB40: an offer of 300 sections, all sending, makes at most four producers that nobody gets', async () => {
  const sections = Array.from({ length: 299 }, (_, at): ClientSection => ({ kind: 'audio', trackId: `t${at}` }));
  const { published, refused } = await publishing.handleOffer({ sdp: clientOffer({ sections }), tracks: new Map() });
  expect(published).toEqual([]);
  expect(refused).toHaveLength(299);
  const { producers } = await sfu.stats();
  expect(producers).toBeLessThanOrEqual(4);
});
