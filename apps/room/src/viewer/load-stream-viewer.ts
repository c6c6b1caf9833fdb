import type { LiveStream } from '@amphi/client';
import { fittingPicture, UPRIGHT_WINDOW } from './fitting-picture.ts';

/** Loads the player with its engine; called early by pages that will need it. */
export async function loadStreamViewer() {
  const { StreamViewer } = await import('./stream-viewer.tsx');
  return { default: StreamViewer };
}

/** Loads the player alone, and gives what makes one that loads a stream before anything is drawn. */
export async function loadShownPlayer() {
  const { ShownPlayer } = await import('./shown-player.ts');
  return (stream: LiveStream) => {
    const shown = new ShownPlayer();
    const url = fittingPicture(stream, { isUpright: window.matchMedia(UPRIGHT_WINDOW).matches });
    if (url !== undefined) shown.load(url);
    return shown;
  };
}
