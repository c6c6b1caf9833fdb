import { AmphiRoom, type AmphiRoomHandle } from '@amphi/react/embed';
import { StrictMode, useRef, useState } from 'react';
import { createRoot } from 'react-dom/client';

/** A lesson's page: who is in the room, what the microphone does, and the way out, all outside of the room itself. */
function Lesson({ link, name }: { readonly link: string; readonly name: string }) {
  const room = useRef<AmphiRoomHandle>(null);
  const [place, setPlace] = useState('Not in the room.');
  const [isHeard, setIsHeard] = useState(false);
  const [problem, setProblem] = useState('');
  const attempt = (done: Promise<void> | undefined): void => {
    done?.catch((error: Error) => setProblem(error.message));
  };
  return (
    <>
      <AmphiRoom
        ref={room}
        className="room"
        link={link}
        name={name}
        skipPreview
        hide={['leave']}
        onJoined={({ role }) => setPlace(`In the room as ${role}.`)}
        onRoleChanged={({ to }) => setPlace(`In the room as ${to}.`)}
        onLeft={({ reason }) => setPlace(`Out of the room: ${reason}.`)}
        onMicrophoneChanged={({ isOn }) => setIsHeard(isOn)}
        onError={({ message }) => setProblem(message)}
      />
      <div className="controls">
        <button type="button" aria-pressed={isHeard} onClick={() => attempt(room.current?.setMicrophone(!isHeard))}>
          Microphone
        </button>
        <button type="button" onClick={() => attempt(room.current?.leave())}>
          Leave
        </button>
      </div>
      <p role="status">{place}</p>
      <p role="alert">{problem}</p>
    </>
  );
}

// The join link, and a name, come in this page's own address.
const query = new URLSearchParams(location.search);
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <Lesson link={query.get('link') ?? ''} name={query.get('name') ?? ''} />
  </StrictMode>,
);
