import type { LiveStream } from '@amphi/client';
import type { Player, PlayerSnapshot } from '@amphi/player';
import { useRoom } from '@amphi/react';
import { AmphiMark, Button, isolate, Spinner } from '@amphi/ui';
import { Play, RotateCcw } from 'lucide-react';
import type { ReactNode } from 'react';
import { WatchRecording } from '../recorded/watch-recording.tsx';
import { useWords } from '../words/speaking.tsx';
import { togglePause } from './toggle-pause.ts';
import type { ViewerState } from './viewer-state.ts';

/** Says over the picture what it cannot say itself. One status element, so that its words are read when they change. */
export function PlayerOverlay({
  state,
  stream,
  player,
  snapshot,
}: {
  readonly state: ViewerState;
  readonly stream: LiveStream;
  readonly player: Player | undefined;
  readonly snapshot: PlayerSnapshot | undefined;
}) {
  return (
    <div
      data-testid="player-state"
      data-state={state}
      className="pointer-events-none absolute inset-0 grid place-items-center p-6 text-center"
    >
      <Words state={state} stream={stream} player={player} snapshot={snapshot} />
    </div>
  );
}

function Words({
  state,
  stream,
  player,
  snapshot,
}: {
  readonly state: ViewerState;
  readonly stream: LiveStream;
  readonly player: Player | undefined;
  readonly snapshot: PlayerSnapshot | undefined;
}) {
  const { name } = useRoom();
  const words = useWords();
  switch (state) {
    case 'waiting':
      return (
        <Curtain title={words.viewer.notStarted} mark>
          {name ? words.viewer.roomBegins(isolate(name)) : words.viewer.begins}
        </Curtain>
      );
    case 'starting':
      return (
        <Curtain title={words.viewer.anyMoment} mark>
          {words.viewer.anyMomentHelp}
        </Curtain>
      );
    case 'loading':
      return <Spinner label={words.viewer.loading} className="rounded-full bg-black/60 px-4 py-2 text-white" />;
    case 'buffering':
      // A short stop is not worth a word: it comes after half a second.
      return (
        <Spinner
          label={words.viewer.buffering}
          className="animate-[amphi-fade_200ms_ease-out_500ms_backwards] rounded-full bg-black/60 px-4 py-2 text-white"
        />
      );
    case 'autoplay-blocked':
      return (
        <Button
          variant="primary"
          size="lg"
          icon={<Play />}
          onClick={() => void player?.play()}
          className="pointer-events-auto"
          data-testid="player-start"
        >
          {words.viewer.tapToWatch}
        </Button>
      );
    case 'paused':
      return (
        <Button
          variant="primary"
          size="lg"
          icon={<Play />}
          onClick={() => player && togglePause(player, stream.canGoBack)}
          className="pointer-events-auto"
          data-testid="player-resume"
        >
          {words.viewer.goOn}
        </Button>
      );
    case 'ended':
      return (
        <Curtain title={words.viewer.ended} action={<WatchRecording isWanted />}>
          {words.viewer.endedHelp}
        </Curtain>
      );
    case 'interrupted':
      return (
        <Curtain title={words.viewer.interrupted}>
          {stream.error && <bdi className="block">{stream.error}.</bdi>}
          {words.viewer.interruptedHelp}
        </Curtain>
      );
    case 'failed': {
      const failed = snapshot?.state.name === 'failed' ? snapshot.state.error : undefined;
      return (
        <Curtain
          title={failed?.code === 'unsupported' ? words.viewer.unsupported : words.viewer.notLoaded}
          action={
            failed?.code !== 'unsupported' && (
              <Button icon={<RotateCcw />} onClick={() => player?.retry()} data-testid="player-retry">
                {words.page.tryAgain}
              </Button>
            )
          }
        >
          {failed?.code === 'unsupported' ? words.viewer.unsupportedHelp : words.viewer.notLoadedHelp}
        </Curtain>
      );
    }
    case 'playing':
    case 'behind-live':
      return null;
  }
}

function Curtain({
  title,
  children,
  action,
  mark = false,
}: {
  readonly title: string;
  readonly children: ReactNode;
  readonly action?: ReactNode;
  readonly mark?: boolean;
}) {
  return (
    <div className="absolute inset-0 grid place-items-center bg-sunken p-6">
      <div className="flex max-w-sm flex-col items-center gap-3" role="status">
        {mark && <AmphiMark className="mb-1 size-12 text-accent" />}
        <p className="text-lg font-semibold tracking-[-0.01em] text-balance text-ink">{title}</p>
        <p className="text-[0.9375rem] text-pretty text-ink-soft">{children}</p>
        {action !== undefined && action !== false && (
          <div className="pointer-events-auto mt-2 empty:hidden">{action}</div>
        )}
      </div>
    </div>
  );
}
