import { NOBODY_SPEAKS } from '@amphi/layout';
import { useSession } from '@amphi/react';
import { useEffect, useRef, useState } from 'react';
import { inFrontAfter } from './speaker-in-front.ts';
import type { StageTile } from './stage-items.ts';

/** Who is in front because they speak, or spoke last. Nothing is drawn anew for a report that changes nobody's place. */
export function useActiveSpeaker(tiles: readonly StageTile[]): string | undefined {
  const session = useSession();
  const [active, setActive] = useState<string>();
  const hold = useRef(NOBODY_SPEAKS);
  useEffect(() => {
    return session.watch(
      ({ speakers }) => speakers,
      (speakers) => {
        hold.current = inFrontAfter(hold.current, speakers, tiles, performance.now());
        setActive(hold.current.activeId);
      },
    );
  }, [session, tiles]);
  return active;
}
