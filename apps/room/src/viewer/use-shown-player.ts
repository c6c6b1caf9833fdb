import { useContext, useLayoutEffect, useState } from 'react';
import { EarlyPlayerContext } from '../opening/early-player-context.ts';
import { ShownPlayer } from './shown-player.ts';

/**
 * A player for as long as this stream is shown: the one that has begun before there was a room, else a new one.
 * @param start when the stream was started: another start is another stream; undefined: there is nothing to play
 */
export function useShownPlayer(start: number | undefined): ShownPlayer | undefined {
  const early = useContext(EarlyPlayerContext);
  const [made, setMade] = useState<{ readonly start: number; readonly shown: ShownPlayer }>();
  // Before anything is painted: the first picture waits for nothing.
  useLayoutEffect(() => {
    if (start === undefined) return;
    const shown = early?.take(start) ?? new ShownPlayer();
    setMade({ start, shown });
    return () => {
      setMade(undefined);
      shown.close();
    };
  }, [early, start]);
  // The one of a stream before is not given for this one.
  return made?.start === start ? made?.shown : undefined;
}
