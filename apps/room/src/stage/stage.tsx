import type { Tile } from '@amphi/layout';
import { useRole, useSessionState, useSpeakers } from '@amphi/react';
import { classNames, EmptyState, useAnnounce } from '@amphi/ui';
import { Armchair } from 'lucide-react';
import { useCallback, useMemo, useState } from 'react';
import { hasBoard } from '../board/board-button.tsx';
import { loadBoard } from '../board/load-board.ts';
import { LatePart, late } from '../page/late-part.tsx';
import type { StageView } from '../page/preferences.ts';
import { useElementSize } from '../page/use-element-size.ts';
import { useWords } from '../words/speaking.tsx';
import type { Turn } from './page-turns.ts';
import { Pager } from './pager.tsx';
import { PersonTile } from './person-tile.tsx';
import { ScreenTile } from './screen-tile.tsx';
import { areTilesEqual, type StageTile, stageTiles, withoutVideo } from './stage-items.ts';
import { stagePage } from './stage-pages.ts';
import type { StageLayout } from './stage-shape.ts';
import type { TileTrack } from './tile-numbers.ts';
import { TileStats } from './tile-stats.tsx';
import { useActiveSpeaker } from './use-active-speaker.ts';
import { type Front, useFront } from './use-front.ts';
import { usePageTurning } from './use-page-turning.ts';
import { type StatsReadings, useNumbersKey, useStageStats } from './use-stage-stats.ts';

const boardTile = late(loadBoard);
/** Place of the whiteboard; no peer has it as its id. */
const BOARD = '/board';

/** The people on stage and what they share, in real time. */
export function Stage({
  view,
  isAudioOnly,
}: {
  readonly view: StageView;
  /** Nobody's video is received. */
  readonly isAudioOnly: boolean;
}) {
  const words = useWords();
  const all = useSessionState(stageTiles, areTilesEqual);
  const tiles = useMemo(() => (isAudioOnly ? withoutVideo(all) : all), [all, isAudioOnly]);
  const speakers = useSpeakers();
  const { level } = useRole();
  const isBoardOpen = useSessionState(hasBoard);
  const [stage, size, element] = useElementSize();
  const front = useFront(tiles);
  const speakerId = useActiveSpeaker(tiles);
  const activeId = front.id ?? speakerId;
  const layout = layoutOf(view, front.id !== undefined);
  const [wanted, setWanted] = useState(0);
  const { places, page, pages } = useMemo(() => {
    const board = isBoardOpen ? [{ id: BOARD, kind: 'screen' } as const] : [];
    const items = [...board, ...tiles.map(({ id, kind }) => ({ id, kind }))];
    const shown = stagePage(items, size, { layout, activeId }, wanted);
    return { ...shown, places: new Map(shown.places.map((place) => [place.id, place])) };
  }, [tiles, isBoardOpen, size, layout, activeId, wanted]);
  const announce = useAnnounce();
  const turn = (by: Turn): void => {
    const next = Math.min(pages - 1, Math.max(0, page + by));
    if (next === page) return;
    setWanted(next);
    announce(words.stage.pageOf(next + 1, pages));
  };
  usePageTurning(element, pages > 1, turn);
  const [hasNumbers, setHasNumbers] = useState(false);
  const toggleNumbers = useCallback(() => setHasNumbers((has) => !has), []);
  useNumbersKey(toggleNumbers);
  const readings = useStageStats(hasNumbers);
  const boardPlace = places.get(BOARD);

  return (
    <section
      ref={stage}
      aria-label={words.stage.stage}
      // What a finger does aside turns the page, and is not the browser's.
      className={classNames('relative size-full overflow-hidden', pages > 1 && 'touch-pan-y')}
      data-testid="stage"
    >
      {tiles.length === 0 && !isBoardOpen && (
        <div className="absolute inset-0 grid place-items-center">
          <EmptyState
            icon={<Armchair />}
            title={words.stage.empty}
            description={level === 'webinar' ? words.stage.emptyHelp : undefined}
          />
        </div>
      )}
      {boardPlace && (
        <div className="absolute" style={boxOf(boardPlace)}>
          <LatePart part={boardTile} given={{}} meanwhile={<div className="size-full rounded-card bg-sunken" />} />
        </div>
      )}
      {tiles.map((tile) => (
        <PlacedTile
          key={tile.id}
          tile={tile}
          place={places.get(tile.id)}
          isSpeaking={speakers.includes(tile.peerId)}
          front={front}
          readings={readings}
          onNumbers={toggleNumbers}
        />
      ))}
      {pages > 1 && <Pager page={page} pages={pages} onTurn={turn} />}
    </section>
  );
}

function PlacedTile({
  tile,
  place,
  isSpeaking,
  front,
  readings,
  onNumbers,
}: {
  readonly tile: StageTile;
  readonly place: Tile | undefined;
  readonly isSpeaking: boolean;
  readonly front: Front;
  readonly readings: StatsReadings | undefined;
  readonly onNumbers: () => void;
}) {
  const track = useTileTrack(tile);
  // On another page: still heard, but a picture that nobody sees is not received.
  if (!place) return null;
  const { height } = place;
  return (
    <div className="absolute motion-safe:tile-motion" style={boxOf(place)}>
      {tile.kind === 'person' ? (
        <PersonTile
          person={tile}
          isSpeaking={isSpeaking && !tile.isMuted}
          height={height}
          front={front}
          hasNumbers={readings !== undefined}
          onNumbers={onNumbers}
        />
      ) : (
        <ScreenTile screen={tile} />
      )}
      {readings && <TileStats name={tile.name} track={track} readings={readings} />}
    </div>
  );
}

/** What a tile shows, as the numbers name it. */
function useTileTrack(tile: StageTile): TileTrack | undefined {
  const own = useSessionState(({ camera, screen }) => (tile.kind === 'screen' ? screen.video : camera.track)?.id);
  return useMemo(() => {
    if (!tile.isSelf) return tile.videoId === undefined ? undefined : { trackId: tile.videoId };
    return own === undefined ? undefined : { mediaId: own };
  }, [tile, own]);
}

/** @param isOneInFront somebody was chosen to be large, which no grid shows */
function layoutOf(view: StageView, isOneInFront: boolean): StageLayout {
  if (view === 'sidebar') return 'sidebar';
  return view === 'speaker' || isOneInFront ? 'active_speaker' : 'grid';
}

function boxOf({ x: left, y: top, width, height }: Tile) {
  return { left, top, width, height };
}
