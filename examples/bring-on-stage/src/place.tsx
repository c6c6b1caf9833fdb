import { trackOfPeer } from '@amphi/client';
import {
  PictureHandover,
  useCamera,
  useHand,
  useLiveStream,
  useLocalVideo,
  usePeers,
  useSelf,
  useSessionState,
  useVideo,
} from '@amphi/react';
import { useCallback } from 'react';
import { StreamPlayer } from './stream-player.tsx';

/**
 * Where one is follows from the role's level, and changes under one's feet. The old picture stays in front until the new
 * one shows its first frame.
 */
export function Place() {
  const { level } = useSelf();
  const { status } = useLiveStream();
  const isStream = level === 'stream';
  return (
    <>
      <p>You are {isStream ? 'in the audience of the stream' : level === 'stage' ? 'on stage' : 'in the room'}.</p>
      <PictureHandover view={isStream ? 'stream' : 'stage'} isExpected={!isStream || status === 'live'}>
        {isStream ? <StreamPlayer /> : <Stage />}
      </PictureHandover>
      {isStream && <HandButton />}
    </>
  );
}

function HandButton() {
  const { isRaised, set } = useHand();
  return (
    <button type="button" aria-pressed={isRaised} onClick={() => void set(!isRaised).catch(() => {})}>
      {isRaised ? 'Lower hand' : 'Raise hand'}
    </button>
  );
}

function Stage() {
  const { track } = useCamera();
  const own = useLocalVideo(track);
  const peers = usePeers();
  return (
    <section className="stage" aria-label="Stage">
      {track && (
        <figure>
          <video ref={own} autoPlay playsInline muted />
          <figcaption>You</figcaption>
        </figure>
      )}
      {peers.map(({ id, name }) => (
        <Person key={id} peerId={id} name={name} />
      ))}
    </section>
  );
}

function Person({ peerId, name }: { readonly peerId: string; readonly name: string }) {
  const camera = useSessionState(useCallback((state) => trackOfPeer(state, peerId, 'video'), [peerId]));
  const ref = useVideo(camera?.id);
  if (!camera || camera.isMuted) return null;
  return (
    <figure>
      <video ref={ref} autoPlay playsInline muted />
      <figcaption>{name}</figcaption>
    </figure>
  );
}
