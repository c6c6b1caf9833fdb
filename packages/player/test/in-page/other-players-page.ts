import shaka from 'shaka-player';
import videojs from 'video.js';

/** Players of others on the page's video, as their documentation says. */

declare global {
  interface Window {
    openShaka(url: string): Promise<void>;
    openVideoJs(url: string): void;
    /** All that a player called an error, as text. */
    playerErrors: string[];
  }
}

window.playerErrors = [];

const videoOfPage = (): HTMLVideoElement => document.querySelector('video')!;

window.openShaka = async (url) => {
  shaka.polyfill.installAll();
  const player = new shaka.Player();
  player.addEventListener('error', (event) => window.playerErrors.push(JSON.stringify(event)));
  await player.attach(videoOfPage());
  await player.load(url);
  await videoOfPage().play();
};

window.openVideoJs = (url) => {
  const player = videojs(videoOfPage(), {
    autoplay: 'any',
    // Its own engine in place of the browser's.
    html5: { vhs: { overrideNative: true }, nativeAudioTracks: false, nativeVideoTracks: false },
  });
  player.on('error', () => window.playerErrors.push(JSON.stringify(player.error())));
  player.src({ src: url, type: 'application/vnd.apple.mpegurl' });
};
