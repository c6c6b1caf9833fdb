import { useLiveStream, useRole, useRoom } from '@amphi/react';
import { LevelBadge } from '@amphi/ui';
import type { ReactNode } from 'react';
import { CustomiseControl } from '../customise/customise-control.tsx';
import { RoomMark } from '../look/room-logo.tsx';
import { WatchRecording } from '../recorded/watch-recording.tsx';
import { useWords } from '../words/speaking.tsx';
import { LiveBadge, ViewerCount } from './live-badge.tsx';
import { LiveControls } from './live-controls.tsx';
import { PlatformsControl } from './platforms-control.tsx';
import { RecordingBadge, RecordingControl, RecordingPause } from './recording-controls.tsx';

/**
 * Which room this is, whether it is on air, and the controls of the stream for those who have them.
 * @param props.children further controls, at the end
 */
export function RoomHeader({ children }: { readonly children?: ReactNode }) {
  const words = useWords();
  const room = useRoom();
  const { level } = useRole();
  const { status } = useLiveStream();
  return (
    <header className="flex min-h-14 shrink-0 items-center gap-x-3 gap-y-1 px-4 py-1.5 pt-[max(0.375rem,env(safe-area-inset-top))] max-sm:flex-wrap">
      <RoomMark />
      <h1 className="min-w-0 truncate text-base font-semibold tracking-[-0.01em] max-sm:min-w-16 max-sm:flex-1 max-sm:basis-0">
        <bdi>{room.name || words.room.name}</bdi>
      </h1>
      {level !== undefined && <LevelBadge level={level} className="max-md:hidden" />}
      <div className="ms-auto flex shrink-0 items-center gap-2 sm:gap-3">
        <ViewerCount />
        <RecordingBadge />
        <LiveBadge />
      </div>
      <div className="flex shrink-0 items-center gap-2 empty:hidden max-sm:ms-auto sm:gap-3">
        <RecordingControl />
        <RecordingPause />
        <PlatformsControl />
        <CustomiseControl />
        {/* Viewers of the stream find it where that was. */}
        <WatchRecording isWanted={status === 'ended' && level !== 'stream'} small />
        <LiveControls />
        {children}
      </div>
    </header>
  );
}
