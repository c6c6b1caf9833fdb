import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage } from '@amphi/testkit';
import { barcodeCameraScript, barcodeReaderScript } from '@amphi/testkit/barcode';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { joinRoom, seesAdvancingBarcode } from './people.ts';

/** One server with several addresses, of both families, one of which nobody reaches. */

let amphi: AmphiServer;
let browser: Browser;

beforeAll(async () => {
  [amphi, browser] = await Promise.all([
    startAmphi({
      env: {
        AMPHI_RTC_ADDRESSES: '127.0.0.1,::1',
        // The first is reserved for documents; the name has an address of each family.
        AMPHI_RTC_ANNOUNCED_ADDRESSES: '203.0.113.5,localhost,127.0.0.1,::1',
      },
    }),
    launchChromium(),
  ]);
});

afterAll(async () => {
  await browser?.close();
  expect(await amphi?.stop()).toBe(0);
});

/** Lets the connections of the page know candidates of one family only, and keeps them. */
function onlyFamily(family: 4 | 6): string {
  return `{
    const peers = (window.peers = []);
    const isOther = (line) => line.startsWith('a=candidate:') && line.split(' ')[4].includes(':') === ${family === 4};
    const { setRemoteDescription } = RTCPeerConnection.prototype;
    RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
      if (!peers.includes(this)) peers.push(this);
      return setRemoteDescription.call(this, { type, sdp: sdp.split('\\r\\n').filter((line) => !isOther(line)).join('\\r\\n') });
    };
  }`;
}

/** Where media go, of each connection. */
function remoteAddresses(person: TestPage): Promise<unknown[]> {
  return person.page.evaluate(async () => {
    const addresses: unknown[] = [];
    for (const peer of (window as unknown as { peers: RTCPeerConnection[] }).peers) {
      const stats = [...((await peer.getStats()) as unknown as Map<string, Record<string, unknown>>).values()];
      const pair = stats.find((entry) => entry.type === 'candidate-pair' && entry.nominated === true);
      addresses.push(stats.find((entry) => entry.id === pair?.remoteCandidateId)?.address);
    }
    return addresses;
  });
}

it('people come by IPv4 and by IPv6, pages and media alike, and see each other (ADDR4)', async () => {
  const { port } = new URL(amphi.links.url);
  const camera = (hue: number) => barcodeCameraScript({ width: 320, height: 180, frameRate: 15, hue });
  const [four, six] = await Promise.all([
    openPage(browser, { initScripts: [onlyFamily(4), camera(0), barcodeReaderScript()] }),
    openPage(browser, { initScripts: [onlyFamily(6), camera(90), barcodeReaderScript()] }),
  ]);
  const by = (host: string, role: string) => `http://${host}:${port}${new URL(amphi.links.rooms[role]!).pathname}`;
  await joinRoom(four, by('127.0.0.1', 'broadcaster'), 'Quattro');
  await joinRoom(six, by('[::1]', 'viewer-on-stage'), 'Sei');
  await Promise.all(
    [four, six].map((person) => seesAdvancingBarcode(person, '[data-testid=stage-tile][data-local=false] video')),
  );
  expect(await remoteAddresses(four)).toEqual(['127.0.0.1', '127.0.0.1']);
  expect((await remoteAddresses(six)).map((address) => String(address).replace(/[[\]]/g, ''))).toEqual(['::1', '::1']);
  await Promise.all([four.context.close(), six.context.close()]);
});
