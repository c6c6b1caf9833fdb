import { useScreenShare } from '@amphi/react';
import { Button, isolate } from '@amphi/ui';
import { MonitorUp } from 'lucide-react';
import { useRef } from 'react';
import { FullScreen } from '../viewer/full-screen.tsx';
import { useWords } from '../words/speaking.tsx';
import { RemoteVideo, TileLabel } from './person-tile.tsx';
import type { StageScreen } from './stage-items.ts';

/** A shared screen, whole, and alone on the display for whoever wants that. Whoever shares sees a note instead: their own screen in itself would never end. */
export function ScreenTile({ screen }: { readonly screen: StageScreen }) {
  const words = useWords();
  const share = useScreenShare();
  const tile = useRef<HTMLElement>(null);
  const screenOf = words.stage.screenOf(isolate(screen.name || words.somebody));
  return (
    <figure
      ref={tile}
      data-theme="dark"
      data-testid="screen-tile"
      data-local={screen.isSelf}
      aria-label={screen.isSelf ? words.stage.yourScreen : screenOf}
      className="relative m-0 size-full overflow-hidden rounded-card bg-sunken text-ink"
    >
      {screen.isSelf ? (
        <div className="grid size-full place-items-center p-4">
          <div className="flex flex-col items-center gap-4 text-center">
            <MonitorUp className="size-10 text-accent" aria-hidden="true" />
            <p className="font-medium">{words.stage.sharing}</p>
            <Button onClick={share.stop} data-testid="screen-stop">
              {words.stage.stopSharing}
            </Button>
          </div>
        </div>
      ) : (
        <>
          {screen.isHeldBack ? (
            <p className="grid size-full place-items-center p-4 text-center text-sm text-balance text-ink-soft">
              {words.stage.screenHeldBack}
            </p>
          ) : (
            <>
              <RemoteVideo trackId={screen.videoId} fit="contain" />
              <div className="absolute top-2 end-2 rounded-full bg-black/65">
                <FullScreen frame={tile} className="text-white! hover:bg-white/15!" testId="screen-fullscreen" />
              </div>
            </>
          )}
          <figcaption className="absolute bottom-2 start-2 flex max-w-[calc(100%-1rem)]">
            <TileLabel>
              <MonitorUp aria-hidden="true" />
              <span className="truncate">{screenOf}</span>
            </TileLabel>
          </figcaption>
        </>
      )}
    </figure>
  );
}
