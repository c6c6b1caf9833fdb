import { type RemotePeer, raisedHands } from '@amphi/client';
import { useLiveStream, usePeers, useRole, useSession, useSessionState } from '@amphi/react';
import { useState } from 'react';

/** Roles of the starter kit “Live Streaming”; those of a template of yours have the names you gave them. */
const GUEST = 'viewer-on-stage';
const AUDIENCE = 'hls-viewer';

/** What those see who may change roles: the stream's button, raised hands, guests. */
export function Host() {
  const { can } = useRole();
  const hands = useSessionState((state) => raisedHands(state.peers));
  const guests = usePeers().filter(({ roleName }) => roleName === GUEST);
  if (!can('changeRole')) return null;
  return (
    <section aria-label="Host">
      <StreamButton />
      <ul>
        {hands
          .filter(({ roleName }) => roleName !== GUEST)
          .map((peer) => (
            <Call key={peer.id} peer={peer} roleName={GUEST} words={`Bring ${peer.name} on stage`} />
          ))}
        {guests.map((peer) => (
          // Back to the audience goes without asking.
          <Call key={peer.id} peer={peer} roleName={AUDIENCE} words={`Thank ${peer.name}`} isForced />
        ))}
      </ul>
    </section>
  );
}

function Call(props: {
  readonly peer: RemotePeer;
  readonly roleName: string;
  readonly words: string;
  readonly isForced?: boolean;
}) {
  const { peer, roleName, words, isForced = false } = props;
  const session = useSession();
  const [problem, setProblem] = useState('');
  const call = async (): Promise<void> => {
    try {
      setProblem('');
      await session.changeRole(peer.id, roleName, { force: isForced });
      // Heard: the hand goes down.
      if (peer.groups.length > 0) await session.lowerHandOf(peer.id);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <li>
      <button type="button" onClick={call}>
        {words}
      </button>{' '}
      <span role="alert">{problem}</span>
    </li>
  );
}

function StreamButton() {
  const { status, error, canControl, start, stop } = useLiveStream();
  if (!canControl) return null;
  const isLive = status === 'live';
  return (
    <p>
      <button
        type="button"
        disabled={status === 'starting' || status === 'stopping'}
        // A refusal is in `error` as well.
        onClick={() => void (isLive ? stop() : start()).catch(() => {})}
      >
        {isLive ? 'End the stream' : 'Go live'}
      </button>{' '}
      {status} <span role="alert">{error}</span>
    </p>
  );
}
