import { ClientError } from '@amphi/client';
import { useSession } from '@amphi/react';
import { useEffect, useState } from 'react';
import { waitBeforeAsking } from './asking-again.ts';

/**
 * Whether the last stream of the room can be watched as it was: asked, and asked again while its files are made, for as
 * long as somebody would want it.
 */
export function useRecordedStream(isWanted: boolean): boolean {
  const session = useSession();
  const [isReady, setIsReady] = useState(false);
  useEffect(() => {
    if (!isWanted) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const askLater = (asked: number): void => {
      const waitMs = waitBeforeAsking(asked, Math.random());
      if (waitMs !== undefined) timer = setTimeout(() => void ask(asked), waitMs);
    };
    const ask = async (asked: number): Promise<void> => {
      const status = await session.readRecordedStream().then(
        (told) => told.status,
        // Who is refused is refused; an answer that did not come may yet.
        (error: unknown) => (isRefusal(error) ? 'none' : 'processing'),
      );
      if (isOver) return;
      if (status === 'ready') setIsReady(true);
      if (status === 'processing') askLater(asked + 1);
    };
    askLater(0);
    return () => {
      isOver = true;
      clearTimeout(timer);
      setIsReady(false);
    };
  }, [session, isWanted]);
  return isReady;
}

function isRefusal(error: unknown): boolean {
  return error instanceof ClientError && error.code !== 'endpoint_unreachable' && error.serverCode !== 429;
}
