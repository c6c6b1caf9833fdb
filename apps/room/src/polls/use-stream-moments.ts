import { useCallback, useMemo, useState } from 'react';
import { NO_MOMENTS, type StreamMoments } from './stream-moments.ts';

/** Keeps what the player of the stream tells. */
export function useStreamMoments(): {
  readonly moments: StreamMoments;
  /** What was said in the stream and is seen now. */
  readonly onMessage: (payload: string) => void;
  readonly onMoving: (isMoving: boolean) => void;
} {
  const [moments, setMoments] = useState(NO_MOMENTS);
  const onMessage = useCallback((payload: string) => {
    setMoments((before) => ({ ...before, reached: new Set([...before.reached, payload]) }));
  }, []);
  const onMoving = useCallback((isMoving: boolean) => {
    setMoments((before) => (before.isMoving === isMoving ? before : { ...before, isMoving }));
  }, []);
  return useMemo(() => ({ moments, onMessage, onMoving }), [moments, onMessage, onMoving]);
}
