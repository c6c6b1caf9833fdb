import { type RemotePeer, trackOfPeer } from '@amphi/client';
import { useChat, usePeers, useSession, useSessionState, useSpeakers, useVideo } from '@amphi/react';
import { type FormEvent, useCallback } from 'react';
import { DeviceButtons, OwnPicture } from './own-devices.tsx';

export function Room() {
  const session = useSession();
  const peers = usePeers();
  return (
    <main>
      <section className="stage" aria-label="Stage">
        <OwnPicture />
        {peers.map((peer) => (
          <Person key={peer.id} peer={peer} />
        ))}
      </section>
      <div className="controls">
        <DeviceButtons />
        <button type="button" onClick={() => session.leave()}>
          Leave
        </button>
      </div>
      <Chat />
    </main>
  );
}

/** Renders when this person's camera changes, and not when another's does. */
function Person({ peer }: { readonly peer: RemotePeer }) {
  const camera = useSessionState(useCallback((state) => trackOfPeer(state, peer.id, 'video'), [peer.id]));
  const speaks = useSpeakers().includes(peer.id);
  // The size that is asked of the server follows the element's.
  const ref = useVideo(camera?.id);
  if (!camera || camera.isMuted) return null;
  return (
    <figure style={{ outline: speaks ? '3px solid #1a7f37' : 'none' }}>
      <video ref={ref} autoPlay playsInline muted />
      <figcaption>{peer.name}</figcaption>
    </figure>
  );
}

function Chat() {
  const { messages, send, retry } = useChat();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = event.currentTarget;
    // One that did not get through stays in the list as `failed`.
    send(String(new FormData(form).get('text'))).catch(() => {});
    form.reset();
  };
  return (
    <>
      <ol aria-label="Chat">
        {messages.map(({ id, sender, text, delivery }) => (
          <li key={id}>
            {sender.name}: {text}{' '}
            {delivery === 'failed' && (
              <button type="button" onClick={() => retry(id).catch(() => {})}>
                Send again
              </button>
            )}
          </li>
        ))}
      </ol>
      <form onSubmit={submit}>
        <label>
          Message <input name="text" autoComplete="off" required size={40} />
        </label>
        <button type="submit">Send</button>
      </form>
    </>
  );
}
