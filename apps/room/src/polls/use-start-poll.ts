import { usePolls, useSession } from '@amphi/react';
import { pollMessage } from './stream-moments.ts';

/** How long players that come later find the message in the stream, as the public room has it. */
const MESSAGE_S = 100;

/** Starts a poll. While the stream is live its viewers are told at this picture, by those who may say something in it. */
export function useStartPoll(): (pollId: string) => Promise<void> {
  const session = useSession();
  const { start } = usePolls();
  return async (pollId) => {
    await start(pollId);
    const { liveStream, self } = session.state;
    if (liveStream.status !== 'live' || !self.role?.permissions.hlsStreaming) return;
    // Without it, as where the destination takes no messages, viewers are told a little later.
    await session.sendTimedMetadata(pollMessage(pollId), { durationS: MESSAGE_S }).catch(() => {});
  };
}
