import type { Player, PlayerSnapshot } from '@amphi/player';
import { useCallback, useSyncExternalStore } from 'react';

/** What the player says of itself; undefined while there is none. */
export function usePlayerSnapshot(player: Player | undefined): PlayerSnapshot | undefined {
  const subscribe = useCallback((listener: () => void) => player?.subscribe(listener) ?? (() => {}), [player]);
  const read = useCallback(() => player?.getSnapshot(), [player]);
  return useSyncExternalStore(subscribe, read, read);
}
