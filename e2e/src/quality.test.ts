import type { SessionObject } from '@amphi/protocol';
import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage, waitFor } from '@amphi/testkit';
import { barcodeCameraScript } from '@amphi/testkit/barcode';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { joinRoom } from './people.ts';
import { restOf } from './wire.ts';

/** What the room app measures of real media, and the server keeps of it. */

interface Series {
  readonly rid?: string | null;
  readonly time_series: Readonly<Record<string, readonly (number | null)[]>>;
}
type Stats = Readonly<Record<'publisher' | 'subscriber', Readonly<Record<'video' | 'audio', readonly Series[]>>>>;

/** What a page does each ten seconds it does each three: a minute of six samples is over in eighteen seconds. */
const hurries = `
  const genuine = window.setInterval;
  window.setInterval = (run, ms, ...given) => genuine(run, ms === 10_000 ? 3_000 : ms, ...given);
`;

let amphi: AmphiServer;
let browser: Browser;
let ada: TestPage;
let ben: TestPage;

beforeAll(async () => {
  [amphi, browser] = await Promise.all([startAmphi(), launchChromium()]);
  const camera = barcodeCameraScript({ width: 640, height: 360, frameRate: 15 });
  [ada, ben] = await Promise.all([
    openPage(browser, { initScripts: [camera, hurries] }),
    openPage(browser, { initScripts: [camera] }),
  ]);
});

afterAll(async () => {
  await browser?.close();
  expect(await amphi?.stop()).toBe(0);
});

it('QUA4: after six samples the room app tells what it has measured, and it is there after the session', async () => {
  const told = new Promise<void>((resolve) => {
    const kinds = new Set<string>();
    ada.page.on('websocket', (socket) =>
      socket.on('framesent', ({ payload }) => {
        const kind = /"(publisher|subscriber)\.stats"/.exec(String(payload))?.[1];
        if (kind !== undefined) kinds.add(kind);
        if (kinds.size === 2) resolve();
      }),
    );
  });
  await joinRoom(ada, amphi.links.rooms.broadcaster!, 'Ada');
  await joinRoom(ben, amphi.links.rooms.broadcaster!, 'Ben');
  await told;
  const rest = await restOf(amphi);
  const { data: sessions } = await rest<{ data: SessionObject[] }>('GET', '/sessions?active=true');
  const session = sessions[0]!;
  const query = `session_id=${session.id}&peer_id=${Object.values(session.peers).find(({ name }) => name === 'Ada')!.id}`;
  const statistics = () => rest<Stats>('GET', `/analytics/peer-stats?${query}`);
  await expect(statistics()).rejects.toThrow(': 400 ');
  await rest('POST', `/active-rooms/${session.room_id}/end-room`);
  const stats = await waitFor('the statistics are there', () => statistics().catch(() => undefined));
  const figures = ({ time_series }: Series, name: string) =>
    (time_series[name] ?? []).filter((value) => value !== null);
  const { publisher, subscriber } = stats;
  expect(publisher.video.map(({ rid }) => rid)).toContain('h');
  for (const series of [...publisher.audio, ...publisher.video, ...subscriber.audio, ...subscriber.video]) {
    expect(figures(series, 'timestamps').length).toBeGreaterThanOrEqual(2);
  }
  // Layers that a small picture is not sent in stand still, and so does the sound of a room in which nobody speaks.
  const fastest = (all: readonly Series[]): number =>
    Math.max(...all.flatMap((series) => figures(series, 'bitrate') as number[]));
  expect(fastest(publisher.video)).toBeGreaterThan(20_000);
  expect(fastest(subscriber.video)).toBeGreaterThan(20_000);
  expect(fastest(publisher.audio)).toBeGreaterThan(0);
  expect(fastest(subscriber.audio)).toBeGreaterThan(0);
  expect(publisher.video.flatMap((series) => figures(series, 'rtt_ms')).length).toBeGreaterThan(0);
  expect(publisher.audio.flatMap((series) => figures(series, 'jitter_ms')).length).toBeGreaterThan(0);
  expect(figures(subscriber.video[0]!, 'fps').length).toBeGreaterThan(0);
  expect(figures(subscriber.audio[0]!, 'packet_loss_percent').length).toBeGreaterThan(0);
});
