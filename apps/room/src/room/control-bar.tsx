import { useCamera, useMicrophone, usePeerCount, useRole, useScreenShare } from '@amphi/react';
import { classNames, IconButton } from '@amphi/ui';
import { ChartColumn, MessageSquareText, MonitorUp, Settings, Users } from 'lucide-react';
import type { ReactNode, RefObject } from 'react';
import { BoardButton } from '../board/board-button.tsx';
import { useShows } from '../page/page-options.ts';
import { useOpenPolls } from '../polls/use-open-polls.ts';
import { ReactionButton } from '../reactions/reaction-button.tsx';
import type { Reaction } from '../reactions/reactions.ts';
import { StageWindow } from '../stage/stage-window.tsx';
import { FullScreen } from '../viewer/full-screen.tsx';
import { useWords } from '../words/speaking.tsx';
import { CameraButton, MicrophoneButton } from './device-buttons.tsx';
import { HandButton } from './hand-button.tsx';
import { LeaveButton } from './leave-button.tsx';
import type { Pane } from './pane-form.ts';
import { usePanes } from './use-panes.ts';
import { useShareAttempt } from './use-share-attempt.ts';

export interface RoomActionsProps {
  readonly pane: Pane | undefined;
  /** Messages not seen yet. */
  readonly unread: number;
  readonly onToggle: (pane: Pane) => void;
  /** Undefined where the button for it stands elsewhere. */
  readonly onReact: ((reaction: Reaction) => void) | undefined;
  readonly onSettings: () => void;
  /** People and polls are left to the tabs of the pane. Default false. */
  readonly isShort?: boolean;
}

/** Everything one does in the room, within reach of a thumb. */
export function ControlBar({
  stage,
  isAudioOnly,
  ...actions
}: RoomActionsProps & { readonly stage: RefObject<HTMLElement | null>; readonly isAudioOnly: boolean }) {
  const words = useWords();
  const { role } = useRole();
  const microphone = useMicrophone();
  const camera = useCamera();
  const allowed = role?.publishParams.allowed ?? [];
  return (
    <section
      aria-label={words.room.controls}
      className="grid shrink-0 grid-cols-[1fr_auto_1fr] items-center gap-2 px-3 py-3 pb-[max(0.75rem,env(safe-area-inset-bottom))] max-sm:flex max-sm:flex-wrap max-sm:justify-between max-sm:gap-1 max-[31rem]:justify-center max-[26rem]:px-1.5"
    >
      <div className="flex items-center gap-1 max-sm:hidden">
        {document.fullscreenEnabled && <FullScreen frame={stage} testId="stage-fullscreen" />}
        <StageWindow isAudioOnly={isAudioOnly} />
      </div>
      <div className="flex items-center gap-1.5 max-[26rem]:gap-0.5 sm:gap-3">
        {allowed.includes('audio') && <MicrophoneButton microphone={microphone} testId="mic-toggle" />}
        {allowed.includes('video') && <CameraButton camera={camera} testId="cam-toggle" />}
        <ScreenButton />
        <LeaveButton />
      </div>
      <RoomActions {...actions} />
    </section>
  );
}

/** Hand, chat, people, polls, settings. */
export function RoomActions({ pane, unread, onToggle, onReact, onSettings, isShort = false }: RoomActionsProps) {
  const words = useWords();
  const people = usePeerCount();
  const panes = usePanes();
  const openPolls = useOpenPolls();
  return (
    <div className="flex items-center justify-end gap-1 max-[26rem]:flex-wrap max-[26rem]:justify-center max-[26rem]:gap-0 sm:gap-2">
      <HandButton />
      {onReact && <ReactionButton onReact={onReact} />}
      <BoardButton />
      {panes.includes('chat') && (
        <PaneButton
          label={unread > 0 ? words.room.newMessages(unread) : words.room.panes.chat}
          icon={<MessageSquareText />}
          count={unread > 99 ? words.room.manyMessages(99) : unread > 0 ? words.format.count(unread) : undefined}
          isUrgent
          isOpen={isShort ? pane !== undefined : pane === 'chat'}
          onClick={() => onToggle(isShort ? (pane ?? 'chat') : 'chat')}
          testId="chat-toggle"
        />
      )}
      {(!isShort || !panes.includes('chat')) && panes.includes('people') && (
        <PaneButton
          label={words.room.peopleHere(people)}
          icon={<Users />}
          count={words.format.count(people)}
          isOpen={pane === 'people'}
          onClick={() => onToggle('people')}
          testId="participants-toggle"
        />
      )}
      {!isShort && panes.includes('polls') && (
        <PaneButton
          label={openPolls > 0 ? words.room.pollsToAnswer(openPolls) : words.room.panes.polls}
          icon={<ChartColumn />}
          count={openPolls > 0 ? words.format.count(openPolls) : undefined}
          isUrgent
          isOpen={pane === 'polls'}
          onClick={() => onToggle('polls')}
          testId="polls-toggle"
        />
      )}
      <SettingsButton onSettings={onSettings} />
    </div>
  );
}

export function SettingsButton({ onSettings }: { readonly onSettings: () => void }) {
  const words = useWords();
  const shows = useShows();
  if (!shows('settings')) return null;
  return <IconButton label={words.room.settings} icon={<Settings />} onClick={onSettings} data-testid="settings" />;
}

function ScreenButton() {
  const words = useWords();
  const screen = useScreenShare();
  const attempt = useShareAttempt();
  const shows = useShows();
  if (!screen.canShare || !shows('screen')) return null;
  const isOn = screen.status === 'on';
  const toggle = (): void => {
    if (isOn) {
      screen.stop();
      return;
    }
    attempt(screen.start());
  };
  return (
    <IconButton
      label={words.room.shareScreen}
      pressed={isOn}
      variant="secondary"
      size="lg"
      icon={<MonitorUp />}
      onClick={toggle}
      data-testid="screen-toggle"
      className={classNames('max-[26rem]:size-11!', isOn && 'border-accent-fill! bg-accent-fill! text-on-accent!')}
    />
  );
}

function PaneButton({
  label,
  icon,
  count,
  isUrgent = false,
  isOpen,
  onClick,
  testId,
}: {
  readonly label: string;
  readonly icon: ReactNode;
  readonly count?: string | undefined;
  /** The count is of things not seen yet. */
  readonly isUrgent?: boolean;
  readonly isOpen: boolean;
  readonly onClick: () => void;
  readonly testId: string;
}) {
  return (
    <span className="relative">
      <IconButton
        label={label}
        icon={icon}
        aria-expanded={isOpen}
        onClick={onClick}
        data-testid={testId}
        className={classNames(isOpen && 'bg-accent-wash text-accent')}
      />
      {count !== undefined && (
        <span
          aria-hidden="true"
          className={classNames(
            'pointer-events-none absolute -top-0.5 -end-0.5 grid h-5 min-w-5 place-items-center rounded-full px-1 text-[0.6875rem] font-semibold tabular-nums',
            isUrgent ? 'bg-live-fill text-on-live' : 'bg-sunken text-ink-soft',
          )}
        >
          {count}
        </span>
      )}
    </span>
  );
}
