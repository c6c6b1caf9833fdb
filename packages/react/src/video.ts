import { showTrack, watchLevel } from '@amphi/client';
import { type RefCallback, useEffect, useState } from 'react';
import { OWN_VIDEO } from './first-picture.ts';
import { useSession } from './session-context.tsx';

/**
 * A ref for a `<video autoPlay playsInline muted>` that shows a remote track. The layer that is asked for follows the
 * element's visible size; nothing is asked for while it is out of sight.
 */
export function useVideo(trackId: string | undefined): RefCallback<HTMLVideoElement> {
  const session = useSession();
  const [element, setElement] = useState<HTMLVideoElement | null>(null);
  useEffect(() => {
    if (!element || trackId === undefined) return;
    return session.attachVideo(trackId, element);
  }, [session, element, trackId]);
  return setElement;
}

/** A ref for a `<video autoPlay playsInline muted>` that shows a local track. */
export function useLocalVideo(track: MediaStreamTrack | undefined): RefCallback<HTMLVideoElement> {
  const [element, setElement] = useState<HTMLVideoElement | null>(null);
  useEffect(() => {
    if (!element) return;
    element.dataset[OWN_VIDEO] = '';
    showTrack(element, track);
    return () => showTrack(element, undefined);
  }, [element, track]);
  return setElement;
}

/** Level of a local microphone track, 0 to 1 in steps of `1 / steps`, so that silence costs no renders. */
export function useMicrophoneLevel(track: MediaStreamTrack | undefined, steps = 16): number {
  const [level, setLevel] = useState(0);
  useEffect(() => {
    if (!track) return;
    const stop = watchLevel(track, (value) => setLevel(Math.round(value * steps) / steps));
    return () => {
      stop();
      setLevel(0);
    };
  }, [track, steps]);
  return level;
}
