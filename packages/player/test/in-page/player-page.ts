import Hls from 'hls.js';
import {
  createPlayer,
  type Player,
  type PlayerOptions,
  type PlayerState,
  type TimedMetadata,
} from '../../src/index.ts';
import { createNativeEngine } from '../../src/native-engine.ts';

/** What the test in Node reads and calls in the page. */
export interface PlayerPage {
  readonly player: Player;
  /** Names of the states gone through, in order. */
  readonly states: PlayerState['name'][];
  readonly messages: TimedMetadata[];
}

declare global {
  interface Window {
    /** `native`: by the browser's own HLS instead of hls.js. */
    openPlayer(options: PlayerOptions & { readonly native?: boolean }): void;
    /** Shows the keyframe of that media time by hls.js' player of single pictures, in the page's video. */
    showKeyframe(url: string, time: number): Promise<void>;
    playerPage: PlayerPage;
  }
}

window.openPlayer = ({ native, ...options }) => {
  const video = document.querySelector('video')!;
  const player = createPlayer(video, { ...options, ...(native ? { engine: createNativeEngine } : {}) });
  const page: PlayerPage = { player, states: [player.getSnapshot().state.name], messages: [] };
  player.subscribe(() => {
    const { name } = player.getSnapshot().state;
    if (page.states.at(-1) !== name) page.states.push(name);
  });
  player.on('timedMetadata', (message) => page.messages.push(message));
  window.playerPage = page;
};

let pictures: ReturnType<Hls['createIFramePlayer']> | undefined;

window.showKeyframe = async (url, time) => {
  if (!pictures) {
    const hls = new Hls({ enableWorker: false });
    const isKnown = new Promise<void>((resolve) => hls.once(Hls.Events.MANIFEST_PARSED, () => resolve()));
    hls.loadSource(url);
    await isKnown;
    pictures = hls.createIFramePlayer()!;
    // It loads nothing by itself when the playlist comes before the video's source is open.
    const isAttached = new Promise<void>((resolve) => pictures?.once(Hls.Events.MEDIA_ATTACHED, () => resolve()));
    pictures.attachMedia(document.querySelector('video')!);
    await isAttached;
  }
  pictures.loadMediaAt(time);
};
