import { useLiveStream } from '@amphi/react';
import { classNames, useAnnounce } from '@amphi/ui';
import { useEffect, useRef, useState } from 'react';
import { useMediaQuery } from '../page/use-media-query.ts';
import { useWords } from '../words/speaking.tsx';
import { fittingPicture } from './fitting-picture.ts';
import { PlayerControls } from './player-controls.tsx';
import { PlayerOverlay } from './player-overlay.tsx';
import { usePlayer } from './use-player.ts';
import { LAST_PART_MS, type ViewerState, viewerState } from './viewer-state.ts';

/** The composed stream for those who watch it: waits, plays by itself, and says how it stands. */
export function StreamViewer({
  form,
  onShape,
  onStill,
}: {
  /** `card` beside other things, `wide` across a phone, `fill` a whole phone. */
  readonly form: 'card' | 'wide' | 'fill';
  /** Told whether the picture is taller than wide. */
  readonly onShape: (isTall: boolean) => void;
  /** Told when a stream that is over has been shown to its end, or will not be. */
  readonly onStill?: (() => void) | undefined;
}) {
  const words = useWords();
  const stream = useLiveStream();
  const [video, setVideo] = useState<HTMLVideoElement | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const [hasSeen, setHasSeen] = useState(false);
  const hasPicture = stream.url !== undefined && stream.status !== 'starting' && stream.status !== 'off';
  const isUpright = useMediaQuery('(orientation: portrait)');
  const url = hasPicture ? fittingPicture(stream, { isUpright }) : undefined;
  // Another start is another stream, also under the same address.
  const streamKey = useStreamKey(url, stream.startedAt);
  const { player, snapshot } = usePlayer(video, url, streamKey);
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
  useAnnouncedState(state);
  useShape(video, onShape);

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
      {hasPicture && (
        // Captions of the stream, when it has any, come with its playlist.
        // biome-ignore lint/a11y/useMediaCaption: a live picture has no track file
        <video
          key={streamKey}
          ref={setVideo}
          playsInline
          autoPlay
          className={classNames('size-full object-contain', form === 'fill' && 'object-top')}
        />
      )}
      <PlayerOverlay state={state} stream={stream} player={player} snapshot={snapshot} />
      {player && snapshot && hasPicture && (
        <PlayerControls
          player={player}
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

/** Changes with every stream that is to be played from its beginning; survives the end of the one playing. */
function useStreamKey(url: string | undefined, startedAt: number | undefined): string {
  const [key, setKey] = useState('');
  const wanted = url === undefined || startedAt === undefined ? undefined : `${startedAt} ${url}`;
  useEffect(() => {
    if (wanted !== undefined) setKey(wanted);
  }, [wanted]);
  return wanted ?? key;
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

function useShape(video: HTMLVideoElement | null, onShape: (isTall: boolean) => void): void {
  useEffect(() => {
    if (!video) return;
    const read = (): void => onShape(video.videoHeight > video.videoWidth);
    video.addEventListener('resize', read);
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
