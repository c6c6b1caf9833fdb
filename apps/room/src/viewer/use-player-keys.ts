import type { Player } from '@amphi/player';
import { type RefObject, useEffect } from 'react';
import { toggleFullScreen } from './full-screen.tsx';
import { playerCommandOf } from './player-keys.ts';

const VOLUME_STEP = 0.05;

/** Keys for the picture, wherever on the page they are pressed and nobody writes. */
export function usePlayerKeys(
  player: Player | undefined,
  frame: RefObject<HTMLElement | null>,
  onStats: () => void,
): void {
  useEffect(() => {
    if (!player) return;
    const setVolume = (change: number): void => {
      const { volume, isMuted } = player.getSnapshot();
      player.setMuted(false);
      player.setVolume(Math.min(1, Math.max(0, (isMuted ? 0 : volume) + change)));
    };
    const handle = (event: KeyboardEvent): void => {
      const command = playerCommandOf(event, event.target instanceof Element ? event.target : null);
      if (command === undefined) return;
      event.preventDefault();
      switch (command) {
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
        case 'stats':
          onStats();
          break;
      }
    };
    window.addEventListener('keydown', handle);
    return () => window.removeEventListener('keydown', handle);
  }, [player, frame, onStats]);
}
