import { useSpeakers } from '@amphi/react';
import { useEffect, useState } from 'react';
import type { StageTile } from './stage-items.ts';

/** Who speaks, or spoke last: the large tile does not jump away in a pause. */
export function useActiveSpeaker(tiles: readonly StageTile[]): string | undefined {
  const speakers = useSpeakers();
  const [active, setActive] = useState<string>();
  const speaking = speakers.find((id) =>
    tiles.some((tile) => tile.id === id && !(tile.kind === 'person' && tile.isSelf)),
  );
  useEffect(() => {
    if (speaking !== undefined) setActive(speaking);
  }, [speaking]);
  return active;
}
