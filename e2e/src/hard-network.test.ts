import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage, waitFor } from '@amphi/testkit';
import { barcodeCameraScript, barcodeReaderScript } from '@amphi/testkit/barcode';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { joinRoom, say, seesAdvancingBarcode, seesMessage } from './people.ts';

/** A room in browsers whose network is not kind: UDP is closed, the socket breaks. */

const STAGE_VIDEO = '[data-testid=stage-tile] video';

/** Keeps what the page opens where a test can reach it: `window.opened`. */
const keepConnections = `{
  const opened = { peers: [], sockets: [] };
  window.opened = opened;
  const keep = (name, list) => {
    const Original = window[name];
    window[name] = new Proxy(Original, {
      construct(target, values) {
        const made = Reflect.construct(target, values);
        list.push(made);
        return made;
      },
    });
  };
  keep('RTCPeerConnection', opened.peers);
  keep('WebSocket', opened.sockets);
}`;

interface Opened {
  readonly peers: RTCPeerConnection[];
  readonly sockets: WebSocket[];
}

let amphi: AmphiServer;
let browsers: Browser[];

beforeAll(async () => {
  amphi = await startAmphi();
  browsers = await Promise.all([
    launchChromium(),
    // Like a firewall that lets no UDP out: WebRTC has TCP candidates left.
    launchChromium({ args: ['--webrtc-ip-handling-policy=disable_non_proxied_udp'] }),
  ]);
});

afterAll(async () => {
  await Promise.all((browsers ?? []).map((browser) => browser.close()));
  expect(await amphi?.stop()).toBe(0);
});

it('media goes over TCP, both ways, where UDP is closed', async () => {
  const [open, closed] = await Promise.all(
    browsers.map((browser, i) =>
      openPage(browser, {
        initScripts: [
          keepConnections,
          barcodeCameraScript({ width: 320, height: 180, frameRate: 15, hue: 90 * i }),
          barcodeReaderScript(),
        ],
      }),
    ),
  );
  await joinRoom(open!, amphi.links.rooms.broadcaster!, 'Una');
  await joinRoom(closed!, amphi.links.rooms['viewer-on-stage']!, 'Tom');
  for (const person of [open!, closed!]) {
    await seesAdvancingBarcode(person, `[data-testid=stage-tile][data-local=false] video`);
  }
  expect(await protocolsOf(closed!)).toEqual(['tcp', 'tcp']);
  expect(await protocolsOf(open!)).toEqual(['udp', 'udp']);
  await Promise.all([open!.context.close(), closed!.context.close()]);
});

it('a socket that breaks comes back within the grace time; the picture never stops, and nobody saw anyone leave', async () => {
  const [broadcaster, viewer] = await Promise.all([
    openPage(browsers[0]!, {
      initScripts: [
        keepConnections,
        barcodeCameraScript({ width: 320, height: 180, frameRate: 15 }),
        barcodeReaderScript(),
      ],
    }),
    openPage(browsers[0]!, { initScripts: [keepConnections, barcodeReaderScript()] }),
  ]);
  await joinRoom(broadcaster, amphi.links.rooms.broadcaster!, 'Bea');
  await joinRoom(viewer, amphi.links.rooms['viewer-realtime']!, 'Vic');
  await seesAdvancingBarcode(viewer, STAGE_VIDEO);
  await viewer.page.evaluate((selector) => {
    const video = document.querySelector<HTMLVideoElement>(selector)!;
    const watched = { gaps: [] as number[], tileLost: false };
    (window as unknown as { watched: typeof watched }).watched = watched;
    let last = performance.now();
    const onFrame = (): void => {
      watched.gaps.push(performance.now() - last);
      last = performance.now();
      video.requestVideoFrameCallback(onFrame);
    };
    video.requestVideoFrameCallback(onFrame);
    new MutationObserver(() => {
      if (!video.isConnected) watched.tileLost = true;
    }).observe(document.body, { childList: true, subtree: true });
  }, STAGE_VIDEO);

  // First the one who publishes, then the one who watches.
  for (const person of [broadcaster, viewer]) {
    await breakSocket(person);
    await waitFor('another socket is open', () =>
      person.page.evaluate(() => {
        const { sockets } = (window as unknown as { opened: Opened }).opened;
        return sockets.length >= 2 && sockets.at(-1)!.readyState === WebSocket.OPEN;
      }),
    );
    await seesAdvancingBarcode(viewer, STAGE_VIDEO, { frames: 10 });
  }
  await say(broadcaster, 'Still here');
  await seesMessage(viewer, 'Still here');
  await say(viewer, 'So am I');
  await seesMessage(broadcaster, 'So am I');

  const watch = () =>
    viewer.page.evaluate(() => (window as unknown as { watched: { gaps: number[]; tileLost: boolean } }).watched);
  const watched = await waitFor('enough pictures', async () => {
    const seen = await watch();
    return seen.gaps.length > 15 && seen;
  });
  expect(watched.tileLost).toBe(false);
  // A lost peer would have cost an ICE and DTLS handshake, a keyframe and a new tile.
  expect(Math.max(...watched.gaps)).toBeLessThan(2_000);
  const peers = (person: TestPage): Promise<number> =>
    person.page.evaluate(() => (window as unknown as { opened: Opened }).opened.peers.length);
  expect([await peers(broadcaster), await peers(viewer)]).toEqual([2, 2]);
});

/** Closes the signaling socket under the page, as a network that went away does. */
function breakSocket(person: TestPage): Promise<void> {
  return person.page.evaluate(() => (window as unknown as { opened: Opened }).opened.sockets.at(-1)!.close());
}

/** Transport protocol of the nominated candidate pair of each connection. */
function protocolsOf(person: TestPage): Promise<(string | undefined)[]> {
  return person.page.evaluate(async () => {
    const protocols: (string | undefined)[] = [];
    for (const peer of (window as unknown as { opened: Opened }).opened.peers) {
      const stats = [...((await peer.getStats()) as unknown as Map<string, Record<string, unknown>>).values()];
      const pair = stats.find((entry) => entry.type === 'candidate-pair' && entry.nominated === true);
      protocols.push(stats.find((entry) => entry.id === pair?.remoteCandidateId)?.protocol as string | undefined);
    }
    return protocols;
  });
}
