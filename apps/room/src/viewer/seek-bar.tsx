import type { Player, PlayerSnapshot } from '@amphi/player';
import { type PointerEvent, useEffect, useRef, useState } from 'react';
import { useWords } from '../words/speaking.tsx';
import { behindAt, behindLiveWords, soughtByKey } from './seek.ts';
import { SeekPreview } from './seek-preview.tsx';

/** How long what was gone to by key is shown: until its picture is there, mostly. */
const KEYED_PREVIEW_MS = 2_000;

/**
 * The kept stream as a line: its right end is live, in every language, as in other players. While it is dragged only the time moves; the picture follows when it is
 * let go. What is seen there is shown small while one drags, points at it, or goes by keys.
 */
export function SeekBar({
  player,
  snapshot,
  isBehind,
  isAtTop,
}: {
  readonly player: Player;
  readonly snapshot: PlayerSnapshot;
  readonly isBehind: boolean;
  /** It is at the head of the picture. */
  readonly isAtTop: boolean;
}) {
  const words = useWords();
  const bar = useRef<HTMLInputElement>(null);
  const [dragged, setDragged] = useState<number>();
  const [pointedAt, setPointedAt] = useState<number>();
  const [keyed, setKeyed] = useState<number>();
  const kept = snapshot.seekableBehind;
  const playing = isBehind ? Math.min(kept, Math.round(snapshot.behindLive)) : 0;
  const behind = dragged ?? playing;
  const previewed = dragged ?? pointedAt ?? keyed;

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

  useEffect(() => {
    if (keyed === undefined) return;
    const timer = setTimeout(() => setKeyed(undefined), KEYED_PREVIEW_MS);
    return () => clearTimeout(timer);
  }, [keyed]);

  // A finger drags: it points at nothing before, and stays nowhere after.
  const point = ({ pointerType, clientX }: PointerEvent<HTMLInputElement>): void => {
    const box = bar.current?.getBoundingClientRect();
    setPointedAt(box && pointerType === 'mouse' ? behindAt((clientX - box.left) / box.width, kept) : undefined);
  };

  return (
    <div dir="ltr" className="flex items-center gap-2">
      <div className="relative flex min-w-0 flex-1">
        {previewed !== undefined && (
          <SeekPreview player={player} behind={Math.min(kept, previewed)} kept={kept} isBelow={isAtTop} />
        )}
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
            setKeyed(sought);
            void player.seekBehindLive(sought);
          }}
          onPointerMove={point}
          onPointerLeave={() => setPointedAt(undefined)}
          onBlur={() => setKeyed(undefined)}
          aria-label={words.viewer.time}
          aria-valuetext={behindLiveWords(words, behind)}
          className="h-11 min-w-0 flex-1 cursor-pointer touch-none accent-white"
          data-testid="player-seek"
        />
      </div>
      <span className="w-16 shrink-0 text-end text-sm tabular-nums" aria-hidden="true" data-testid="player-behind">
        {behind > 0 ? `−${words.format.elapsed(behind * 1000)}` : ''}
      </span>
    </div>
  );
}
