import type { Player, PlayerSnapshot } from '@amphi/player';
import { useEffect, useRef, useState } from 'react';
import { useWords } from '../words/speaking.tsx';
import { behindLiveWords, soughtByKey } from './seek.ts';

/**
 * The kept stream as a line: its right end is live, in every language, as in other players. While it is dragged only the time moves; the picture follows when it is
 * let go.
 */
export function SeekBar({
  player,
  snapshot,
  isBehind,
}: {
  readonly player: Player;
  readonly snapshot: PlayerSnapshot;
  readonly isBehind: boolean;
}) {
  const words = useWords();
  const bar = useRef<HTMLInputElement>(null);
  const [dragged, setDragged] = useState<number>();
  const kept = snapshot.seekableBehind;
  const playing = isBehind ? Math.min(kept, Math.round(snapshot.behindLive)) : 0;
  const behind = dragged ?? playing;

  useEffect(() => {
    const element = bar.current;
    if (!element) return;
    // Of the element itself: React's `onChange` is its `input`, which comes with every step of a finger.
    const letGo = (): void => {
      setDragged(undefined);
      void player.seekBehindLive(-element.valueAsNumber);
    };
    element.addEventListener('change', letGo);
    return () => element.removeEventListener('change', letGo);
  }, [player]);

  return (
    <div dir="ltr" className="flex items-center gap-2">
      <input
        ref={bar}
        type="range"
        min={-kept}
        max={0}
        step={1}
        value={-behind}
        onChange={(event) => setDragged(-event.target.valueAsNumber)}
        onKeyDown={(event) => {
          const sought = soughtByKey(event.key, behind, kept);
          if (sought === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
          event.preventDefault();
          void player.seekBehindLive(sought);
        }}
        aria-label={words.viewer.time}
        aria-valuetext={behindLiveWords(words, behind)}
        className="h-11 min-w-0 flex-1 cursor-pointer touch-none accent-white"
        data-testid="player-seek"
      />
      <span className="w-16 shrink-0 text-end text-sm tabular-nums" aria-hidden="true" data-testid="player-behind">
        {behind > 0 ? `−${words.format.elapsed(behind * 1000)}` : ''}
      </span>
    </div>
  );
}
