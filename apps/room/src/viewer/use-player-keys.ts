import type { Player } from '@amphi/player';
import { type RefObject, useEffect } from 'react';
import { toggleFullScreen } from './full-screen.tsx';
import { type PlayerCommand, playerCommandOf } from './player-keys.ts';
import { STEP_S } from './seek.ts';
import { togglePause } from './toggle-pause.ts';

const VOLUME_STEP = 0.05;
/** Mean something only where the stream is kept. */
const SEEKING: ReadonlySet<PlayerCommand> = new Set(['back', 'forward']);

/** Keys for the picture, wherever on the page they are pressed and nobody writes. */
export function usePlayerKeys(
  player: Player | undefined,
  frame: RefObject<HTMLElement | null>,
  canGoBack: boolean,
  onCaptions: () => void,
  onStats: () => void,
): void {
  useEffect(() => {
    if (!player) return;
    const setVolume = (change: number): void => {
      const { volume, isMuted } = player.getSnapshot();
      player.setMuted(false);
      player.setVolume(Math.min(1, Math.max(0, (isMuted ? 0 : volume) + change)));
    };
    const seekBy = (seconds: number): void => {
      void player.seekBehindLive(player.getSnapshot().behindLive + seconds);
    };
    const handle = (event: KeyboardEvent): void => {
      const command = playerCommandOf(event, event.target instanceof Element ? event.target : null);
      if (command === undefined || (!canGoBack && SEEKING.has(command))) return;
      event.preventDefault();
      switch (command) {
        case 'pause':
          togglePause(player, canGoBack);
          break;
        case 'mute':
          player.setMuted(!player.getSnapshot().isMuted);
          break;
        case 'louder':
          setVolume(VOLUME_STEP);
          break;
        case 'quieter':
          setVolume(-VOLUME_STEP);
          break;
        case 'fullscreen':
          toggleFullScreen(frame.current);
          break;
        case 'live':
          void player.jumpToLive();
          break;
        case 'back':
          seekBy(STEP_S);
          break;
        case 'forward':
          seekBy(-STEP_S);
          break;
        case 'captions':
          onCaptions();
          break;
        case 'stats':
          onStats();
          break;
      }
    };
    window.addEventListener('keydown', handle);
    return () => window.removeEventListener('keydown', handle);
  }, [player, frame, canGoBack, onCaptions, onStats]);
}
