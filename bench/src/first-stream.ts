import { launchChromium, openPage, startAmphi } from '@amphi/testkit';
import { barcodeCameraScript, barcodeReaderScript } from '@amphi/testkit/barcode';
import { enterRoom } from './peers/enter-room.ts';
import { printResult, progress } from './result.ts';

/**
 * How long a person waits. From the start of the server process (set-up done before) to the first composed frame
 * that a viewer's page presents, with a broadcaster who joins and goes live as soon as it can; and from the click on
 * Go live to the first playable part at the origin. Targets: ≤ 20 s and ≤ 3 s.
 */

const browser = await launchChromium();
try {
  const [broadcaster, viewer] = await Promise.all([
    openPage(browser, { initScripts: [barcodeCameraScript({ width: 640, height: 360 })] }),
    openPage(browser, { initScripts: [barcodeReaderScript()] }),
  ]);
  const startedAt = performance.now();
  const amphi = await startAmphi();
  try {
    progress(`the server listens after ${seconds(startedAt)} s`);
    await Promise.all([
      enterRoom(viewer, amphi.links.rooms['hls-viewer']!, 'Viewer'),
      enterRoom(broadcaster, amphi.links.rooms.broadcaster!, 'Broadcaster'),
    ]);
    const url = viewer.page.waitForRequest((request) => /master\.m3u8/.test(request.url()), { timeout: 30_000 });
    await broadcaster.page.getByTestId('go-live').click({ timeout: 20_000 });
    const liveAt = performance.now();
    // The viewer is told the URL as soon as it is playable; the playlists must then answer with a part.
    const master = (await url).url();
    await firstPart(master);
    const goLiveToFirstPart = (performance.now() - liveAt) / 1000;
    progress(`first part ${goLiveToFirstPart.toFixed(2)} s after Go live`);
    await viewer.page.waitForFunction(
      () => {
        const video = document.querySelector<HTMLVideoElement>('[data-testid=player] video');
        return video !== null && video.getVideoPlaybackQuality().totalVideoFrames > 0 && video.currentTime > 0;
      },
      undefined,
      { timeout: 30_000, polling: 50 },
    );
    printResult({
      start_to_first_frame_s: (performance.now() - startedAt) / 1000,
      go_live_to_first_part_s: goLiveToFirstPart,
    });
  } finally {
    await amphi.stop();
  }
} finally {
  await browser.close();
}

async function firstPart(master: string): Promise<void> {
  const multivariant = await (await fetch(master)).text();
  const media = multivariant.split('\n').find((line) => line && !line.startsWith('#'));
  if (!media) throw new Error(`no rendition in ${master}`);
  const playlistUrl = new URL(media, master);
  const playlist = await (await fetch(playlistUrl)).text();
  const part = /#EXT-X-PART:.*URI="([^"]+)"/.exec(playlist)?.[1];
  if (!part) throw new Error(`no part in ${playlistUrl}:\n${playlist}`);
  const answer = await fetch(new URL(part, playlistUrl));
  if (!answer.ok || (await answer.arrayBuffer()).byteLength === 0) throw new Error(`${part}: ${answer.status}`);
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(2);
}
