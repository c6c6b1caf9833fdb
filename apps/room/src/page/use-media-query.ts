import { useCallback, useSyncExternalStore } from 'react';

/** From here on there is room for a pane beside the stage. */
export const WIDE = '(min-width: 64rem)';

/** A phone on its side, also a small one; not a phone held upright whose keyboard is up. */
export const FLAT = '(orientation: landscape) and (min-width: 35rem) and (max-height: 33rem)';

export function useMediaQuery(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const list = window.matchMedia(query);
      list.addEventListener('change', listener);
      return () => list.removeEventListener('change', listener);
    },
    [query],
  );
  return useSyncExternalStore(
    subscribe,
    () => window.matchMedia(query).matches,
    () => true,
  );
}
