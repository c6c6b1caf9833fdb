import { useSyncExternalStore } from 'react';

/**
 * Where what lies over the page belongs while one element fills the screen: in that element, as nothing else is seen.
 * Undefined: in the page, as always.
 */
export function useFullScreenHome(): HTMLElement | undefined {
  return useSyncExternalStore(subscribe, fullScreenHome, () => undefined);
}

/** The same, as it is now. A picture itself has room for nothing. */
export function fullScreenHome(): HTMLElement | undefined {
  const element = document.fullscreenElement;
  return element instanceof HTMLElement && !(element instanceof HTMLMediaElement) ? element : undefined;
}

function subscribe(listener: () => void): () => void {
  document.addEventListener('fullscreenchange', listener);
  return () => document.removeEventListener('fullscreenchange', listener);
}
