import type { Tile } from '@amphi/layout';
import { useCamera, useMicrophone, useRole, useSessionState } from '@amphi/react';
import { Avatar, isolate } from '@amphi/ui';
import { MicOff, MonitorUp } from 'lucide-react';
import { useMemo } from 'react';
import { useElementSize } from '../page/use-element-size.ts';
import { CameraButton, MicrophoneButton } from '../room/device-buttons.tsx';
import { useWords } from '../words/speaking.tsx';
import { OwnVideo, RemoteVideo, TileLabel } from './person-tile.tsx';
import { smallCast } from './small-cast.ts';
import { areTilesEqual, type StageTile, stageTiles, withoutVideo } from './stage-items.ts';
import { placeTiles } from './stage-shape.ts';
import { useActiveSpeaker } from './use-active-speaker.ts';

/** The stage as a small window has room for it: a shared screen or a few faces, and the own switches. */
export function SmallStage({ isAudioOnly }: { readonly isAudioOnly: boolean }) {
  const words = useWords();
  const all = useSessionState(stageTiles, areTilesEqual);
  const tiles = useMemo(() => (isAudioOnly ? withoutVideo(all) : all), [all, isAudioOnly]);
  const activeId = useActiveSpeaker(tiles);
  const [stage, size] = useElementSize();
  const shown = useMemo(() => smallCast(tiles, activeId), [tiles, activeId]);
  const places = useMemo(() => {
    const placed = placeTiles(shown, size, { layout: 'grid', activeId });
    return new Map(placed.map((place) => [place.id, place]));
  }, [shown, size, activeId]);
  return (
    <section
      aria-label={words.stage.stage}
      data-theme="dark"
      className="flex h-dvh flex-col overflow-hidden bg-page text-ink"
      data-testid="small-stage"
    >
      <div ref={stage} className="relative min-h-0 flex-1">
        {shown.map((tile) => {
          const place = places.get(tile.id);
          return place && <SmallTile key={tile.id} tile={tile} place={place} />;
        })}
      </div>
      <OwnSwitches />
    </section>
  );
}

function SmallTile({ tile, place }: { readonly tile: StageTile; readonly place: Tile }) {
  const words = useWords();
  const name = tile.name || words.somebody;
  const label = tile.kind === 'screen' ? words.stage.screenOf(isolate(name)) : name;
  const { x: left, y: top, width, height } = place;
  return (
    <figure
      aria-label={label}
      className="absolute m-0 overflow-hidden rounded-control bg-card"
      style={{ left, top, width, height }}
      data-testid="small-tile"
      data-peer={tile.peerId}
    >
      <div className="absolute inset-0 grid place-items-center">
        <Avatar name={tile.name} size={Math.max(24, Math.min(96, Math.round(height * 0.36)))} />
      </div>
      {tile.isSelf
        ? tile.kind === 'person' && tile.hasVideo && <OwnVideo />
        : tile.videoId !== undefined && (
            <RemoteVideo trackId={tile.videoId} fit={tile.kind === 'screen' ? 'contain' : 'cover'} />
          )}
      <figcaption className="absolute start-1 bottom-1 flex max-w-[calc(100%-0.5rem)]">
        <TileLabel>
          {tile.kind === 'screen' && <MonitorUp aria-hidden="true" />}
          {tile.kind === 'person' && tile.isMuted && <MicOff aria-hidden="true" className="text-danger" />}
          <bdi className="truncate">{label}</bdi>
        </TileLabel>
      </figcaption>
    </figure>
  );
}

function OwnSwitches() {
  const allowed = useRole().role?.publishParams.allowed ?? [];
  const microphone = useMicrophone();
  const camera = useCamera();
  return (
    <div className="flex justify-center gap-2 p-2 empty:hidden">
      {allowed.includes('audio') && <MicrophoneButton microphone={microphone} testId="small-mic" />}
      {allowed.includes('video') && <CameraButton camera={camera} testId="small-cam" />}
    </div>
  );
}
