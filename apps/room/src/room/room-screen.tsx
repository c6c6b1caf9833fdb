import { useRole } from '@amphi/react';
import { classNames } from '@amphi/ui';
import { useState } from 'react';
import { useUnread } from '../chat/use-unread.ts';
import { readPreferences, rememberPreferences, type StageView } from '../page/preferences.ts';
import { useMediaQuery, WIDE } from '../page/use-media-query.ts';
import { Stage } from '../stage/stage.tsx';
import { StreamViewer } from '../viewer/stream-viewer.tsx';
import { AudioPrompt } from './audio-prompt.tsx';
import { ConnectionBanner } from './connection-banner.tsx';
import { ControlBar } from './control-bar.tsx';
import { InvitationDialog } from './invitation-dialog.tsx';
import { RoomHeader } from './room-header.tsx';
import { SettingsDialog } from './settings-dialog.tsx';
import { type Pane, SidePane } from './side-pane.tsx';
import { StreamFailure } from './stream-failure.tsx';
import { useDeviceKeys } from './use-device-keys.ts';
import { useRoomToasts } from './use-room-toasts.ts';

/** The room itself: stage or stream in the middle, chat and people beside it, controls below. */
export function RoomScreen() {
  const { level } = useRole();
  const isWide = useMediaQuery(WIDE);
  const [pane, setPane] = useState<Pane | undefined>(isWide ? 'chat' : undefined);
  const [settingsOpen, setSettingsOpen] = useState(false);
  const [stageView, setStageView] = useState<StageView>(() => readPreferences().stageView);
  // On a phone a viewer has the picture on top and always something below it.
  const isStacked = level === 'stream' && !isWide;
  const shown = isStacked ? (pane ?? 'chat') : pane;
  const unread = useUnread(shown === 'chat');
  useRoomToasts();
  useDeviceKeys();

  const toggle = (wanted: Pane): void => setPane(shown === wanted ? undefined : wanted);
  const chooseView = (view: StageView): void => {
    setStageView(view);
    rememberPreferences({ stageView: view });
  };

  return (
    <div className="flex h-dvh flex-col overflow-hidden bg-page text-ink">
      <RoomHeader />
      <ConnectionBanner />
      <StreamFailure />
      <div className={classNames('relative flex min-h-0 flex-1', isStacked ? 'flex-col' : 'flex-row gap-3 px-3')}>
        <main className={classNames('relative min-w-0', isStacked ? 'shrink-0' : 'min-h-0 flex-1')}>
          {level === 'stream' ? <StreamViewer isStacked={isStacked} /> : <Stage view={stageView} />}
        </main>
        {shown !== undefined && (
          <SidePane
            pane={shown}
            onSelect={setPane}
            onClose={isStacked ? undefined : () => setPane(undefined)}
            form={isStacked ? 'below' : isWide ? 'beside' : 'over'}
          />
        )}
      </div>
      <ControlBar pane={shown} unread={unread} onToggle={toggle} onSettings={() => setSettingsOpen(true)} />
      <AudioPrompt />
      <InvitationDialog />
      <SettingsDialog
        open={settingsOpen}
        onOpenChange={setSettingsOpen}
        stageView={stageView}
        onStageView={chooseView}
      />
    </div>
  );
}
