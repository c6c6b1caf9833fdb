import type { SessionState } from '@amphi/client';
import { PictureHandover, useLiveStream, useRole, useSessionState } from '@amphi/react';
import { classNames } from '@amphi/ui';
import { useCallback, useEffect, useRef, useState } from 'react';
import { hasBoard } from '../board/board-button.tsx';
import { loadBoard } from '../board/load-board.ts';
import { useChatToasts } from '../chat/use-chat-toasts.ts';
import { useUnread } from '../chat/use-unread.ts';
import { useLook } from '../look/look.tsx';
import { LatePart, late } from '../page/late-part.tsx';
import { useShows } from '../page/page-options.ts';
import { readPreferences, rememberPreferences, type StageView } from '../page/preferences.ts';
import { FLAT, useMediaQuery, WIDE } from '../page/use-media-query.ts';
import { useHandToasts } from '../people/use-hand-toasts.ts';
import { usePollToasts } from '../polls/use-poll-toasts.ts';
import { useStreamMoments } from '../polls/use-stream-moments.ts';
import { FlyingReactions } from '../reactions/flying-reactions.tsx';
import { ReactionButton } from '../reactions/reaction-button.tsx';
import { useFlights } from '../reactions/use-flights.ts';
import { Stage } from '../stage/stage.tsx';
import { LeaveFullScreen } from '../viewer/full-screen.tsx';
import { loadStreamViewer } from '../viewer/load-stream-viewer.ts';
import { AudioOnlyBanner } from './audio-only-banner.tsx';
import { AudioPrompt } from './audio-prompt.tsx';
import { ConnectionBanner } from './connection-banner.tsx';
import { ControlBar, RoomActions, SettingsButton } from './control-bar.tsx';
import { GoodbyeBanner } from './goodbye-banner.tsx';
import { HandButton } from './hand-button.tsx';
import { InvitationDialog } from './invitation-dialog.tsx';
import { LeaveButton } from './leave-button.tsx';
import { type Pane, type PaneChoice, paneForm, shownPane } from './pane-form.ts';
import { RoomHeader } from './room-header.tsx';
import { SettingsDialog } from './settings-dialog.tsx';
import { ShareBanner } from './share-banner.tsx';
import { SidePane } from './side-pane.tsx';
import { StreamFailure } from './stream-failure.tsx';
import { UnmuteRequestDialog } from './unmute-request-dialog.tsx';
import { useDeviceKeys } from './use-device-keys.ts';
import { usePanes } from './use-panes.ts';
import { useRoomToasts } from './use-room-toasts.ts';

/** The player's engine is half of this app; people on stage never need it. */
const streamViewer = late(loadStreamViewer);
const boardTile = late(loadBoard);

/**
 * The room itself: stage or stream, chat and people beside, below or over it, and the controls.
 * @param props.goodbye the room is closed and the stream is shown to its end: to be called after it, or to go at once
 */
export function RoomScreen({ goodbye }: { readonly goodbye?: (() => void) | undefined }) {
  const { level } = useRole();
  const shows = useShows();
  const panes = usePanes();
  const isWide = useMediaQuery(WIDE);
  const isFlat = useMediaQuery(FLAT);
  const { chatIsOpen = true } = useLook();
  const [choice, setChoice] = useState<PaneChoice>(chatIsOpen ? undefined : 'none');
  const [settingsOpen, setSettingsOpen] = useState(false);
  const [stageView, setStageView] = useState<StageView>(() => readPreferences().stageView);
  const [isAudioOnly, setIsAudioOnly] = useState(() => readPreferences().isAudioOnly);
  const [isTallStream, setIsTallStream] = useState(false);
  const isViewer = level === 'stream';
  const { status } = useLiveStream();
  const hasCameras = useSessionState(seesCameras);
  const isPictureExpected = isViewer ? status === 'live' || status === 'stopping' : hasCameras && !isAudioOnly;
  const form = paneForm({ isViewer, isWide, isFlat, isTallPicture: isTallStream });
  const isFilled = form === 'on-picture';
  // A viewer's phone has the picture on top and the rest below it.
  const isStacked = isFilled || form === 'below';
  const isBeside = form === 'beside';
  const isPictureOnTop = isStacked && !isFilled;
  // On the stage it has a place among the tiles.
  const isBoardApart = useSessionState(hasBoard) && isViewer;
  const shown = shownPane(choice, form, panes);
  const unread = useUnread(shown === 'chat');
  const main = useRef<HTMLElement>(null);
  const showPeople = useCallback(() => setChoice('people'), []);
  const showPolls = useCallback(() => setChoice('polls'), []);
  const closePane = useCallback(() => setChoice('none'), []);
  const reactions = useFlights();
  useRoomToasts();
  useChatToasts();
  useHandToasts(showPeople);
  const { moments, onMessage, onMoving } = useStreamMoments();
  usePollToasts(shown === 'polls', showPolls, moments);
  useDeviceKeys();
  useEffect(() => {
    // The button that led here is gone; whoever uses the keyboard goes on from the room itself.
    main.current?.focus({ preventScroll: true });
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a tablet that is turned keeps its pane, and what is half written in it
  useEffect(() => {
    // Another place in the room is shown at once: on a phone the pane would lie over it.
    if (level !== undefined && !isWide) setChoice(undefined);
  }, [level]);

  const openSettings = (): void => setSettingsOpen(true);
  const chooseAudioOnly = (chosen: boolean): void => {
    setIsAudioOnly(chosen);
    rememberPreferences({ isAudioOnly: chosen });
  };
  const actions = {
    pane: shown,
    unread,
    onToggle: (wanted: Pane) => setChoice(shown === wanted ? 'none' : wanted),
    onReact: isBeside && shows('reactions') ? reactions.send : undefined,
    onSettings: openSettings,
  };

  return (
    <div className="flex h-dvh flex-col overflow-hidden bg-page text-ink">
      {shows('header') && (
        <RoomHeader>
          {isViewer && isBeside && (
            <>
              <RoomActions {...actions} isShort={!isWide} />
              {!goodbye && <LeaveButton size="md" />}
            </>
          )}
        </RoomHeader>
      )}
      <ConnectionBanner />
      {goodbye && <GoodbyeBanner onLeave={goodbye} />}
      <StreamFailure />
      <ShareBanner />
      {isAudioOnly && !isViewer && <AudioOnlyBanner onShowVideo={() => chooseAudioOnly(false)} />}
      <div
        className={classNames(
          'relative flex min-h-0 flex-1',
          isStacked
            ? 'flex-col'
            : 'flex-row gap-3 pr-[max(0.75rem,env(safe-area-inset-right))] pl-[max(0.75rem,env(safe-area-inset-left))]',
          isViewer && !isStacked && 'pb-3',
        )}
      >
        <main
          ref={main}
          tabIndex={-1}
          className={classNames(
            'relative min-w-0 [&:fullscreen]:bg-page [&:fullscreen]:p-3',
            form === 'below' ? 'shrink-0' : 'min-h-0 flex-1',
            isBoardApart && (isPictureOnTop ? 'flex flex-col' : 'flex gap-3'),
          )}
        >
          <PictureHandover
            view={isViewer ? 'stream' : 'stage'}
            isExpected={isPictureExpected}
            className={isPictureOnTop ? 'w-full' : isBoardApart ? 'h-full min-w-0 flex-1' : 'size-full'}
          >
            {isViewer ? (
              <LatePart
                part={streamViewer}
                given={{
                  form: isFilled ? 'fill' : isStacked ? 'wide' : 'card',
                  onShape: setIsTallStream,
                  onStill: goodbye,
                  onMessage,
                  onMoving,
                }}
                meanwhile={<div className={isStacked ? 'aspect-video bg-black' : 'size-full'} />}
              />
            ) : (
              <Stage view={stageView} isAudioOnly={isAudioOnly} />
            )}
          </PictureHandover>
          {isBoardApart && (
            <div className={isPictureOnTop ? 'h-[62vw] max-h-[40dvh] w-full' : 'order-first h-full min-w-0 flex-2'}>
              <LatePart part={boardTile} given={{}} />
            </div>
          )}
          <FlyingReactions flights={reactions.flights} />
          {!isViewer && <LeaveFullScreen frame={main} />}
          {!isWide && !isViewer && shows('reactions') && (
            <div className="absolute end-2 bottom-2 z-10 rounded-full bg-raised shadow-raised">
              <ReactionButton onReact={reactions.send} />
            </div>
          )}
        </main>
        {(shown !== undefined || isStacked) && (
          <SidePane
            pane={shown}
            form={form}
            onSelect={setChoice}
            onClose={form === 'below' ? undefined : closePane}
            chatActions={isStacked && shows('reactions') && <ReactionButton onReact={reactions.send} />}
            actions={
              isStacked && (
                <>
                  <HandButton />
                  <SettingsButton onSettings={openSettings} />
                  {!goodbye && <LeaveButton size="md" />}
                </>
              )
            }
          />
        )}
      </div>
      {!isViewer && <ControlBar stage={main} isAudioOnly={isAudioOnly} {...actions} />}
      <AudioPrompt />
      <InvitationDialog />
      <UnmuteRequestDialog />
      <SettingsDialog
        open={settingsOpen}
        onOpenChange={setSettingsOpen}
        stageView={stageView}
        onStageView={(view) => {
          setStageView(view);
          rememberPreferences({ stageView: view });
        }}
        isAudioOnly={isAudioOnly}
        onAudioOnly={chooseAudioOnly}
      />
    </div>
  );
}

/** Whether another person's camera or screen is on. */
function seesCameras({ tracks }: SessionState): boolean {
  return Object.values(tracks).some(({ kind, isMuted }) => kind === 'video' && !isMuted);
}
