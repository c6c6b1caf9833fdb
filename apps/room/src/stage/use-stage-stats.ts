import type { SessionStats } from '@amphi/client';
import { useSession } from '@amphi/react';
import { useEffect, useState } from 'react';

const PERIOD_MS = 1_000;

/** The last two readings, for rates. */
export interface StatsReadings {
  readonly before: SessionStats | undefined;
  readonly after: SessionStats;
}

/** What the media connections do now, read every second while somebody looks at it. */
export function useStageStats(isShown: boolean): StatsReadings | undefined {
  const session = useSession();
  const [readings, setReadings] = useState<StatsReadings>();
  useEffect(() => {
    if (!isShown) return;
    let isOver = false;
    const read = (): void => {
      session.stats().then(
        (after) => {
          if (!isOver) setReadings((last) => ({ before: last?.after, after }));
        },
        // A connection that is just being made has no numbers.
        () => {},
      );
    };
    read();
    const timer = setInterval(read, PERIOD_MS);
    return () => {
      isOver = true;
      clearInterval(timer);
      setReadings(undefined);
    };
  }, [session, isShown]);
  return readings;
}

/** Ctrl or ⌘ with "]", as for the numbers of the stream. */
export function useNumbersKey(onPress: () => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.key !== ']' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      event.preventDefault();
      onPress();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [onPress]);
}
