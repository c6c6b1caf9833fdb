import { PictureHandover, useLiveStream } from '@amphi/react';
import { classNames, useAnnounce } from '@amphi/ui';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useMediaQuery } from '../page/use-media-query.ts';
import { useWords } from '../words/speaking.tsx';
import { fittingPicture, UPRIGHT_WINDOW } from './fitting-picture.ts';
import { PlayerControls } from './player-controls.tsx';
import { PlayerOverlay } from './player-overlay.tsx';
import type { ShownPlayer } from './shown-player.ts';
import { usePlayerSnapshot } from './use-player-snapshot.ts';
import { useShownPlayer } from './use-shown-player.ts';
import { LAST_PART_MS, MOVING, type ViewerState, viewerState } from './viewer-state.ts';

/** The composed stream for those who watch it: waits, plays by itself, and says how it stands. */
export function StreamViewer({
  form,
  onShape,
  onStill,
  onMessage,
  onMoving,
}: {
  /** `card` beside other things, `wide` across a phone, `fill` a whole phone. */
  readonly form: 'card' | 'wide' | 'fill';
  /** Told whether the picture is taller than wide. */
  readonly onShape: (isTall: boolean) => void;
  /** Told when a stream that is over has been shown to its end, or will not be. */
  readonly onStill?: (() => void) | undefined;
  /** Told what was said in the stream (timed metadata), at its picture. */
  readonly onMessage: (payload: string) => void;
  /** Told whether the picture moves, or will as soon as what it waits for has come. */
  readonly onMoving: (isMoving: boolean) => void;
}) {
  const words = useWords();
  const stream = useLiveStream();
  const frame = useRef<HTMLDivElement>(null);
  const [hasSeen, setHasSeen] = useState(false);
  const hasPicture = stream.url !== undefined && stream.status !== 'starting' && stream.status !== 'off';
  const isUpright = useMediaQuery(UPRIGHT_WINDOW);
  const url = hasPicture ? fittingPicture(stream, { isUpright }) : undefined;
  // Servers other than ours may not say it.
  const start = useLast(stream.startedAt) ?? 0;
  const shown = useShownPlayer(hasPicture ? start : undefined);
  const snapshot = usePlayerSnapshot(shown?.player);
  const isLongOver = useHasLasted(stream.status === 'ended', LAST_PART_MS);
  const playerState = hasPicture ? snapshot?.state.name : undefined;
  const state = viewerState({ stream, player: playerState, hasSeen, isLongOver });
  useEffect(() => {
    if (state === 'playing') setHasSeen(true);
  }, [state]);
  const isStill = stream.status === 'ended' && STILL.has(state);
  useEffect(() => {
    if (isStill) onStill?.();
  }, [isStill, onStill]);
  const player = shown?.player;
  useEffect(() => player?.on('timedMetadata', ({ payload }) => onMessage(payload)), [player, onMessage]);
  const isMoving = MOVING.has(state);
  useEffect(() => {
    onMoving(isMoving);
    return () => onMoving(false);
  }, [isMoving, onMoving]);
  useAnnouncedState(state);
  useShape(shown?.video, onShape);

  return (
    <section
      ref={frame}
      aria-label={words.viewer.stream}
      data-theme="dark"
      data-testid="player"
      className={classNames(
        'group relative overflow-hidden bg-black text-ink',
        form === 'wide' ? 'aspect-video w-full' : 'size-full',
        form === 'card' && 'rounded-card',
      )}
    >
      {hasPicture && shown && url !== undefined && (
        <PictureHandover
          // The picture of a stream before stays for no other one.
          key={start}
          view={url}
          isExpected={stream.status !== 'ended'}
          className="size-full"
        >
          <Picture shown={shown} url={url} isAtTop={form === 'fill'} />
        </PictureHandover>
      )}
      <PlayerOverlay state={state} stream={stream} player={shown?.player} snapshot={snapshot} />
      {shown && snapshot && hasPicture && (
        <PlayerControls
          player={shown.player}
          snapshot={snapshot}
          state={state}
          canGoBack={stream.canGoBack}
          frame={frame}
          isAtTop={form === 'fill'}
        />
      )}
    </section>
  );
}

/** States in which a stream that is over shows nothing more. */
const STILL: ReadonlySet<ViewerState> = new Set(['waiting', 'ended', 'paused']);

/** The picture in its place. Its captions, when it has any, come with its playlist. */
function Picture({
  shown,
  url,
  isAtTop,
}: {
  readonly shown: ShownPlayer;
  readonly url: string;
  readonly isAtTop: boolean;
}) {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    shown.video.className = classNames('size-full object-contain', isAtTop && 'object-top');
  }, [shown, isAtTop]);
  // In the task in which the last picture is kept: what comes after it is of this one.
  useLayoutEffect(() => shown.load(url), [shown, url]);
  useLayoutEffect(() => {
    if (place.current) shown.showIn(place.current);
  }, [shown]);
  return <div ref={place} className="size-full" />;
}

/** What was known last: a stream that is over says no more when it was started. */
function useLast<T>(value: T | undefined): T | undefined {
  const [last, setLast] = useState(value);
  useEffect(() => {
    if (value !== undefined) setLast(value);
  }, [value]);
  return value ?? last;
}

/** True once `isSo` has been true for `ms` without a break. */
function useHasLasted(isSo: boolean, ms: number): boolean {
  const [hasLasted, setHasLasted] = useState(false);
  useEffect(() => {
    if (!isSo) return;
    const timer = setTimeout(() => setHasLasted(true), ms);
    return () => {
      clearTimeout(timer);
      setHasLasted(false);
    };
  }, [isSo, ms]);
  return hasLasted;
}

function useShape(video: HTMLVideoElement | undefined, onShape: (isTall: boolean) => void): void {
  useEffect(() => {
    if (!video) return;
    const read = (): void => onShape(video.videoHeight > video.videoWidth);
    video.addEventListener('resize', read);
    // One that has begun before has said it already.
    if (video.videoWidth > 0) read();
    return () => {
      video.removeEventListener('resize', read);
      onShape(false);
    };
  }, [video, onShape]);
}

const NEWS = {
  playing: 'isPlaying',
  ended: 'ended',
  interrupted: 'interrupted',
  failed: 'cannotPlay',
} as const satisfies Partial<Record<ViewerState, string>>;

function useAnnouncedState(state: ViewerState): void {
  const announce = useAnnounce();
  const { viewer } = useWords();
  const before = useRef<ViewerState>(undefined);
  useEffect(() => {
    // Back from a short pause of the picture is no news.
    const isNews = before.current !== state && before.current !== 'buffering' && before.current !== 'behind-live';
    if (isNews && state in NEWS) announce(viewer[NEWS[state as keyof typeof NEWS]]);
    before.current = state;
  }, [state, announce, viewer]);
}
