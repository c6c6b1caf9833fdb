import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage, waitFor } from '@amphi/testkit';
import { barcodeCameraScript, barcodeReaderScript } from '@amphi/testkit/barcode';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { endStream, goLive, hearsTone, joinRoom, seesAdvancingBarcode } from './people.ts';
import { codeOf, egressPid, type Rest, restOf, tokenFor } from './wire.ts';

/** A page of another site watches the live stream by WHEP with nothing but what browsers have. */

const VIDEO = 'video';
const BEEP_HZ = 1000;
const PATIENCE_MS = 60_000;

let amphi: AmphiServer;
let browser: Browser;
let site: Server;
let host: TestPage;
let player: TestPage;
let rest: Rest;
let roomId: string;

interface Player {
  readonly pc: RTCPeerConnection;
  readonly url: string;
  readonly token: string;
}
interface Begun {
  readonly status: number;
  readonly retryAfter: string | null;
}
declare global {
  interface Window {
    player: Player | undefined;
  }
}

beforeAll(async () => {
  [amphi, browser] = await Promise.all([startAmphi(), launchChromium()]);
  site = createServer((_request, response) =>
    response.setHeader('content-type', 'text/html').end('<title>Site</title><video autoplay></video>'),
  );
  await once(site.listen(0, '127.0.0.1'), 'listening');
  const camera = barcodeCameraScript({ width: 640, height: 360, toneHz: BEEP_HZ });
  host = await openPage(browser, { initScripts: [camera] });
  player = await openPage(browser, { initScripts: [barcodeReaderScript()] });
  rest = await restOf(amphi);
  roomId = (await rest<{ data: { id: string }[] }>('GET', '/rooms')).data[0]!.id;
  await player.page.goto(`http://localhost:${(site.address() as AddressInfo).port}/`);
  await joinRoom(host, amphi.links.rooms.broadcaster!, 'Hana');
});

afterAll(async () => {
  await browser?.close();
  site?.close();
  expect(await amphi?.stop()).toBe(0);
});

const begin = (token: string): Promise<Begun> =>
  player.page.evaluate(
    async ({ url, token }) => {
      const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
      const media = new MediaStream();
      for (const kind of ['audio', 'video']) {
        media.addTrack(pc.addTransceiver(kind, { direction: 'recvonly' }).receiver.track);
      }
      await pc.setLocalDescription();
      const answer = await fetch(`${url}?name=Lobby%20screen`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/sdp' },
        body: pc.localDescription?.sdp ?? '',
      });
      if (answer.status !== 201) {
        pc.close();
        return { status: answer.status, retryAfter: answer.headers.get('retry-after') };
      }
      await pc.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
      document.querySelector('video')!.srcObject = media;
      window.player = { pc, url: new URL(answer.headers.get('location') ?? '', url).href, token };
      return { status: answer.status, retryAfter: null };
    },
    { url: `${amphi.links.local}/whep`, token },
  );

const state = () => player.page.evaluate(() => window.player?.pc.connectionState);

async function names(): Promise<string[]> {
  const { peers } = await rest<{ peers: Record<string, { name: string }> }>('GET', `/active-rooms/${roomId}/peers`);
  return Object.values(peers).map(({ name }) => name);
}

const players = async (): Promise<string | undefined> =>
  /^amphi_whep_players (\d+)$/m.exec(await (await fetch(`${amphi.links.local}/metrics`)).text())?.[1];

it('WHEP4: while no live stream runs a player is told to come again, and nobody is in the room for it', async () => {
  expect(await begin(await tokenFor(amphi, 'hls-viewer'))).toEqual({ status: 409, retryAfter: '5' });
  expect(await names()).toEqual(['Hana']);
});

it('WHEP1: with a token of nobody it is refused', async () => {
  expect(await begin('abc-defg-hij')).toMatchObject({ status: 401 });
});

it('WHEP3, WHEP8: it sees and hears the live stream as a peer of the room', async () => {
  await goLive(host);
  expect(await begin(codeOf(amphi.links.rooms['hls-viewer']!))).toEqual({ status: 201, retryAfter: null });
  await waitFor('it is connected', async () => (await state()) === 'connected', PATIENCE_MS);
  await seesAdvancingBarcode(player, VIDEO, { frames: 20, timeoutMs: PATIENCE_MS });
  await hearsTone(player, VIDEO, BEEP_HZ, PATIENCE_MS);
  expect(await names()).toEqual(['Hana', 'Lobby screen']);
  expect(await players()).toBe('1');
});

it('STR28, EG50: it has the stream in another shape, there and back, without beginning anew', async () => {
  const composed = (videoAspectRatio: string) =>
    rest('POST', `/live-streams/room/${roomId}/composition`, { videoAspectRatio });
  const isUpright = () =>
    player.page.evaluate(() => {
      const { videoWidth, videoHeight } = document.querySelector('video')!;
      return videoHeight > videoWidth;
    });
  await expect(composed('2:1')).rejects.toThrow('400');
  await composed('9:16');
  await waitFor('it is upright', isUpright, PATIENCE_MS);
  await composed('16:9');
  await waitFor('it is wide', async () => !(await isUpright()), PATIENCE_MS);
  await seesAdvancingBarcode(player, VIDEO, { frames: 20, timeoutMs: PATIENCE_MS });
  expect(await state()).toBe('connected');
});

it('WHEP6: it restarts ICE by PATCH, and goes on', async () => {
  const restarted = await player.page.evaluate(async () => {
    const { pc, url, token } = window.player!;
    const before = pc.remoteDescription?.sdp ?? '';
    await pc.setLocalDescription(await pc.createOffer({ iceRestart: true }));
    const lines = (pc.localDescription?.sdp ?? '').split('\r\n');
    const ice = ['a=ice-ufrag:', 'a=ice-pwd:'].map((name) => lines.find((line) => line.startsWith(name)));
    const answer = await fetch(url, {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/trickle-ice-sdpfrag',
        'if-match': '*',
      },
      body: `${ice.join('\r\n')}\r\n`,
    });
    const fragment = (await answer.text()).split('\r\n');
    const own = (name: string): string => fragment.find((line) => line.startsWith(name)) ?? '';
    const sdp = before
      .replaceAll(/a=ice-ufrag:.*/g, own('a=ice-ufrag:'))
      .replaceAll(/a=ice-pwd:.*/g, own('a=ice-pwd:'));
    await pc.setRemoteDescription({ type: 'answer', sdp });
    return { status: answer.status, isOther: sdp !== before, etag: answer.headers.get('etag') };
  });
  expect(restarted).toEqual({ status: 200, isOther: true, etag: '"2"' });
  await waitFor('it is connected', async () => (await state()) === 'connected', PATIENCE_MS);
  await seesAdvancingBarcode(player, VIDEO, { frames: 20, timeoutMs: PATIENCE_MS });
});

it('WHEP5: it ends by DELETE, and is gone', async () => {
  const status = await player.page.evaluate(async () => {
    const { pc, url, token } = window.player!;
    const answer = await fetch(url, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } });
    pc.close();
    return answer.status;
  });
  expect(status).toBe(200);
  expect(await names()).toEqual(['Hana']);
  await waitFor('it is counted no more', async () => (await players()) === '0', PATIENCE_MS);
});

it('WHEP7: when the composing process is killed it is out, knows, and sees the stream again by beginning anew', async () => {
  const token = await tokenFor(amphi, 'hls-viewer');
  expect(await begin(token)).toMatchObject({ status: 201 });
  await seesAdvancingBarcode(player, VIDEO, { frames: 20, timeoutMs: PATIENCE_MS });
  process.kill(egressPid(amphi), 'SIGKILL');
  await isOut();
  await waitFor(
    'the program comes again',
    async () => {
      const { status, retryAfter } = await begin(token);
      // Until another process composes.
      if (status !== 201) expect({ status, retryAfter }).toEqual({ status: 503, retryAfter: '2' });
      return status === 201;
    },
    PATIENCE_MS,
  );
  await seesAdvancingBarcode(player, VIDEO, { frames: 20, timeoutMs: PATIENCE_MS });
  expect(await names()).toEqual(['Hana', 'Lobby screen']);
});

it('WHEP7, WHEP8: it is out with the live stream', async () => {
  await endStream(host);
  await isOut();
});

async function isOut(): Promise<void> {
  await waitFor('it is out', async () => !(await names()).includes('Lobby screen'), PATIENCE_MS);
  await waitFor(
    'it knows',
    async () => ['disconnected', 'failed', 'closed'].includes((await state()) ?? ''),
    PATIENCE_MS,
  );
}
