import type { CaptionTrack, Player, PlayerSnapshot } from '@amphi/player';
import { Button, classNames, IconButton, Menu, MenuItem, MenuRadioGroup, MenuSeparator } from '@amphi/ui';
import { ChartNoAxesColumn, Pause, Play, Radio, Settings2, Volume2, VolumeX } from 'lucide-react';
import { type RefObject, useCallback, useState } from 'react';
import { useWords } from '../words/speaking.tsx';
import { FullScreen } from './full-screen.tsx';
import { PictureInPicture } from './picture-in-picture.tsx';
import { PlayerStatsPanel } from './player-stats.tsx';
import { SeekBar } from './seek-bar.tsx';
import { togglePause } from './toggle-pause.ts';
import { useCaptions } from './use-captions.ts';
import { useIdle } from './use-idle.ts';
import { usePlayerKeys } from './use-player-keys.ts';
import { MOVING, type ViewerState } from './viewer-state.ts';

/** Further behind than this counts as gone back: the player's own measure. */
const BEHIND_S = 3;

/** Sound, how far behind, which rendition, full screen. Out of the way while nobody reaches for them. */
export function PlayerControls({
  player,
  snapshot,
  state,
  canGoBack,
  frame,
  isAtTop,
}: {
  readonly player: Player;
  readonly snapshot: PlayerSnapshot;
  readonly state: ViewerState;
  /** The stream is kept for those who go back in it. */
  readonly canGoBack: boolean;
  readonly frame: RefObject<HTMLElement | null>;
  /** The foot of the picture is taken by something else. */
  readonly isAtTop: boolean;
}) {
  const words = useWords();
  const isIdle = useIdle(frame);
  const [hasChosenSound, setHasChosenSound] = useState(false);
  const [hasStats, setHasStats] = useState(false);
  const toggleStats = useCallback(() => setHasStats((has) => !has), []);
  const { choose, toggle } = useCaptions(player, snapshot.captions);
  usePlayerKeys(player, frame, canGoBack, toggle, toggleStats);
  const isPaused = canGoBack && state === 'paused';
  if (!MOVING.has(state) && !isPaused) return null;
  // Whoever has gone back is told so also while the picture of that time is loaded.
  const isBehind = state === 'behind-live' || (canGoBack && snapshot.behindLive > BEHIND_S);
  const unmute = (): void => {
    setHasChosenSound(true);
    player.setMuted(false);
    if (snapshot.volume === 0) player.setVolume(1);
    void player.play();
  };
  return (
    <>
      {snapshot.isMuted && !hasChosenSound && (
        <div className={classNames('absolute inset-x-0 flex justify-center', isAtTop ? 'top-16' : 'top-4')}>
          <Button variant="primary" icon={<VolumeX />} onClick={unmute} data-testid="player-unmute">
            {words.viewer.tapForSound}
          </Button>
        </div>
      )}
      <div
        className={classNames(
          '@container absolute inset-x-0 from-black/75 to-transparent p-2 text-white transition-opacity duration-200 sm:p-3',
          isAtTop ? 'top-0 bg-linear-to-b pb-10' : 'bottom-0 bg-linear-to-t pt-10 sm:pt-12',
          // Of a finger nothing stays focused visibly: the picture is bare again after a while.
          'has-focus-visible:opacity-100 has-[[data-state=open]]:opacity-100',
          // What is not seen is not hit: a finger on the bare picture brings the controls.
          isIdle && !isPaused ? 'pointer-events-none opacity-0' : 'opacity-100',
        )}
        data-testid="player-controls"
      >
        {canGoBack && snapshot.isLive && (
          <SeekBar player={player} snapshot={snapshot} isBehind={isBehind} isAtTop={isAtTop} />
        )}
        <div className="flex items-center gap-1">
          {canGoBack && snapshot.isLive && (
            <IconButton
              label={isPaused ? words.viewer.play : words.viewer.pause}
              icon={isPaused ? <Play /> : <Pause />}
              onClick={() => togglePause(player, canGoBack)}
              aria-keyshortcuts="K"
              className={ON_PICTURE}
              data-testid="player-pause"
            />
          )}
          {isBehind ? (
            <Button
              size="sm"
              variant="live"
              icon={<Radio />}
              onClick={() => void player.jumpToLive()}
              data-testid="jump-to-live"
            >
              {words.viewer.goToLive}
              {!canGoBack && (
                <span className="tabular-nums">{words.viewer.behind(Math.round(snapshot.behindLive))}</span>
              )}
            </Button>
          ) : (
            <span className="flex items-center gap-2 rounded-full bg-black/40 px-3 py-1.5 text-sm font-medium">
              <span className="size-2 rounded-full bg-live-fill" aria-hidden="true" />
              {snapshot.isLive ? words.viewer.live : words.viewer.lastMoments}
            </span>
          )}
          <Volume player={player} snapshot={snapshot} onChoice={() => setHasChosenSound(true)} />
          <span className="flex-1" />
          <Options player={player} snapshot={snapshot} onCaptions={choose} onStats={toggleStats} />
          <PictureInPicture frame={frame} className={`${ON_PICTURE} @max-[20rem]:hidden`} />
          <FullScreen
            frame={frame}
            className={ON_PICTURE}
            onReturn={() => void player.play()}
            testId="player-fullscreen"
          />
        </div>
      </div>
      {hasStats && <PlayerStatsPanel player={player} onClose={toggleStats} />}
    </>
  );
}

const ON_PICTURE = 'text-white! hover:bg-white/15!';

function Volume({
  player,
  snapshot,
  onChoice,
}: {
  readonly player: Player;
  readonly snapshot: PlayerSnapshot;
  readonly onChoice: () => void;
}) {
  const words = useWords();
  const isSilent = snapshot.isMuted || snapshot.volume === 0;
  const toggle = (): void => {
    onChoice();
    if (isSilent && snapshot.volume === 0) player.setVolume(1);
    player.setMuted(!isSilent);
  };
  return (
    <div className="flex items-center">
      <IconButton
        label={words.viewer.sound}
        pressed={!isSilent}
        icon={isSilent ? <VolumeX /> : <Volume2 />}
        onClick={toggle}
        className={ON_PICTURE}
        data-testid="player-sound"
      />
      {/* Phones have keys for the volume and do not let pages set it; a small picture has no room for it. */}
      <input
        type="range"
        min={0}
        max={1}
        step={0.05}
        value={snapshot.isMuted ? 0 : snapshot.volume}
        onChange={(event) => {
          onChoice();
          player.setMuted(false);
          player.setVolume(event.target.valueAsNumber);
        }}
        aria-label={words.viewer.volume}
        className="h-11 w-24 accent-white pointer-coarse:hidden @max-[25rem]:hidden"
      />
    </div>
  );
}

/** Which rendition, captions where there are some, and numbers. */
function Options({
  player,
  snapshot,
  onCaptions,
  onStats,
}: {
  readonly player: Player;
  readonly snapshot: PlayerSnapshot;
  readonly onCaptions: (track: CaptionTrack | undefined) => void;
  readonly onStats: () => void;
}) {
  const words = useWords();
  const nameOf = ({ width, height, videoCodec }: PlayerSnapshot['levels'][number]): string =>
    `${Math.min(width, height)}p${videoCodec?.startsWith('av01') ? ' AV1' : ''}`;
  const current = snapshot.currentLevel && nameOf(snapshot.currentLevel);
  const options = [
    { value: 'auto', label: current ? words.viewer.automaticNow(current) : words.viewer.automatic },
    ...snapshot.levels.map((level) => ({
      value: String(level.id),
      label: words.viewer.level(nameOf(level), level.bitrateBps / 1_000_000),
    })),
  ];
  return (
    <Menu
      trigger={
        <IconButton
          label={words.viewer.options}
          icon={<Settings2 />}
          className={ON_PICTURE}
          data-testid="player-options"
        />
      }
    >
      {snapshot.levels.length > 1 && (
        <>
          <MenuRadioGroup
            label={words.viewer.quality}
            value={snapshot.chosenLevel ? String(snapshot.chosenLevel.id) : 'auto'}
            options={options}
            onValueChange={(value) => player.chooseLevel(snapshot.levels.find((level) => String(level.id) === value))}
          />
          <MenuSeparator />
        </>
      )}
      {snapshot.captions.length > 0 && (
        <>
          <MenuRadioGroup
            label={words.viewer.captions}
            value={snapshot.chosenCaptions ? String(snapshot.chosenCaptions.id) : 'none'}
            options={[
              { value: 'none', label: words.viewer.noCaptions },
              ...snapshot.captions.map(({ id, label, language = '' }) => ({
                value: String(id),
                label: label || language || words.viewer.captions,
              })),
            ]}
            onValueChange={(value) => onCaptions(snapshot.captions.find(({ id }) => String(id) === value))}
          />
          <MenuSeparator />
        </>
      )}
      <MenuItem icon={<ChartNoAxesColumn />} onSelect={onStats} data-testid="player-stats-toggle">
        {words.viewer.numbers}
      </MenuItem>
    </Menu>
  );
}
