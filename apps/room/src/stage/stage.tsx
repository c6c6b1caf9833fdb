import type { Tile } from '@amphi/layout';
import { useRole, useSessionState, useSpeakers } from '@amphi/react';
import { EmptyState } from '@amphi/ui';
import { Armchair } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import type { StageView } from '../page/preferences.ts';
import { useElementSize } from '../page/use-element-size.ts';
import { useWords } from '../words/speaking.tsx';
import { PersonTile } from './person-tile.tsx';
import { ScreenTile } from './screen-tile.tsx';
import { areTilesEqual, type StageTile, stageTiles } from './stage-items.ts';
import { placeTiles } from './stage-shape.ts';
import { type Front, useFront } from './use-front.ts';

/** The people on stage and what they share, in real time. */
export function Stage({ view }: { readonly view: StageView }) {
  const words = useWords();
  const tiles = useSessionState(stageTiles, areTilesEqual);
  const speakers = useSpeakers();
  const { level } = useRole();
  const [stage, size] = useElementSize();
  const front = useFront(tiles);
  const speakerId = useActiveSpeaker(tiles, speakers);
  const activeId = front.id ?? speakerId;
  const isOneLarge = view === 'speaker' || front.id !== undefined;
  const places = useMemo(() => {
    const layout = isOneLarge ? 'active_speaker' : 'grid';
    const items = tiles.map(({ id, kind }) => ({ id, kind }));
    return new Map(placeTiles(items, size, { layout, activeId }).map((place) => [place.id, place]));
  }, [tiles, size, isOneLarge, activeId]);

  return (
    <section
      ref={stage}
      aria-label={words.stage.stage}
      className="relative size-full overflow-hidden"
      data-testid="stage"
    >
      {tiles.length === 0 && (
        <div className="absolute inset-0 grid place-items-center">
          <EmptyState
            icon={<Armchair />}
            title={words.stage.empty}
            description={level === 'webinar' ? words.stage.emptyHelp : undefined}
          />
        </div>
      )}
      {tiles.map((tile) => (
        <PlacedTile
          key={tile.id}
          tile={tile}
          place={places.get(tile.id)}
          isSpeaking={speakers.includes(tile.peerId)}
          front={front}
        />
      ))}
    </section>
  );
}

function PlacedTile({
  tile,
  place,
  isSpeaking,
  front,
}: {
  readonly tile: StageTile;
  readonly place: Tile | undefined;
  readonly isSpeaking: boolean;
  readonly front: Front;
}) {
  // There is no place for everyone beside a large tile; they are still heard.
  if (!place) return null;
  const { x: left, y: top, width, height } = place;
  return (
    <div className="absolute motion-safe:tile-motion" style={{ left, top, width, height }}>
      {tile.kind === 'person' ? (
        <PersonTile person={tile} isSpeaking={isSpeaking && !tile.isMuted} height={height} front={front} />
      ) : (
        <ScreenTile screen={tile} />
      )}
    </div>
  );
}

/** Who speaks, or spoke last: the large tile does not jump away in a pause. */
function useActiveSpeaker(tiles: readonly StageTile[], speakers: readonly string[]): string | undefined {
  const [active, setActive] = useState<string>();
  const speaking = speakers.find((id) =>
    tiles.some((tile) => tile.id === id && !(tile.kind === 'person' && tile.isSelf)),
  );
  useEffect(() => {
    if (speaking !== undefined) setActive(speaking);
  }, [speaking]);
  return active;
}
