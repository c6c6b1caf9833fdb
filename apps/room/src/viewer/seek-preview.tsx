import type { Player, Thumbnail } from '@amphi/player';
import { classNames } from '@amphi/ui';
import { useEffect, useState } from 'react';
import { useWords } from '../words/speaking.tsx';

/** What is seen at that moment of the stream, above its place on the seek bar, and how far behind live it is. */
export function SeekPreview({
  player,
  behind,
  kept,
  isBelow,
}: {
  readonly player: Player;
  /** Seconds behind live. */
  readonly behind: number;
  /** Seconds that the bar stands for. */
  readonly kept: number;
  /** There is no room above. */
  readonly isBelow: boolean;
}) {
  const words = useWords();
  const thumbnail = useThumbnail(player, behind);
  const place = kept > 0 ? 1 - behind / kept : 1;
  return (
    <div
      // Of half its width from either end on it stays where it is.
      style={{ left: `clamp(5.25rem, ${place * 100}%, calc(100% - 5.25rem))` }}
      className={classNames(
        'pointer-events-none absolute z-10 flex -translate-x-1/2 flex-col items-center gap-1',
        isBelow ? 'top-full' : 'bottom-full',
      )}
      aria-hidden="true"
      data-testid="seek-preview"
    >
      {thumbnail && (
        <div
          className="overflow-hidden rounded-md border-2 border-white/80 bg-black"
          style={{
            width: thumbnail.width,
            height: thumbnail.height,
            boxSizing: 'content-box',
            backgroundImage: `url(${thumbnail.image})`,
            backgroundPosition: `${-thumbnail.x}px ${-thumbnail.y}px`,
          }}
          data-testid="seek-thumbnail"
        />
      )}
      <span className="rounded-sm bg-black/70 px-1.5 text-sm tabular-nums">
        {behind > 0 ? `−${words.format.elapsed(behind * 1000)}` : words.viewer.live}
      </span>
    </div>
  );
}

/** The last one stays until the next is there, so that nothing flickers on the way. */
function useThumbnail(player: Player, behind: number): Thumbnail | undefined {
  const [thumbnail, setThumbnail] = useState<Thumbnail>();
  useEffect(() => {
    let isWanted = true;
    void player.thumbnailBehindLive(behind).then((found) => {
      if (isWanted) setThumbnail(found);
    });
    return () => {
      isWanted = false;
    };
  }, [player, behind]);
  return thumbnail;
}
