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
