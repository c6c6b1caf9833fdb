import type { ConnectionState } from '@amphi/client';
import { useLiveStream, useRole } from '@amphi/react';
import { useCallback, useEffect, useState } from 'react';

/** A viewer is a few seconds behind, and the last part comes within `LAST_PART_MS`; what has not been shown then is not waited for. */
const GOODBYE_MS = 20_000;

/**
 * Whether a room that was ended for everyone is to stay on a viewer's screen until its stream has been played to the end:
 * viewers are seconds behind, and what they have not seen is the goodbye.
 */
export function useGoodbye(connection: ConnectionState): { readonly isDue: boolean; readonly end: () => void } {
  const { status, url } = useLiveStream();
  const { level } = useRole();
  const [isOver, setIsOver] = useState(false);
  const end = useCallback(() => setIsOver(true), []);
  const isEnded = connection.status === 'left' && connection.reason.kind === 'ended';
  const isDue = isEnded && level === 'stream' && status === 'ended' && url !== undefined && !isOver;
  useEffect(() => {
    if (!isDue) return;
    const timer = setTimeout(end, GOODBYE_MS);
    return () => clearTimeout(timer);
  }, [isDue, end]);
  return { isDue, end };
}
