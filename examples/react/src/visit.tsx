import { useConnection, useRoom, useSelf, useSession } from '@amphi/react';
import { type FormEvent, useState } from 'react';
import { DeviceButtons, OwnPicture } from './own-devices.tsx';
import { Room } from './room.tsx';

/** From the preview to the end: which of it is shown follows from where the session stands. */
export function Visit({ onBack }: { readonly onBack: () => void }) {
  const connection = useConnection();
  switch (connection.status) {
    case 'idle':
    case 'connecting':
      return <p>Connecting …</p>;
    case 'preview':
    case 'joining':
      return <Preview />;
    case 'joined':
      return <Room />;
    case 'reconnecting':
      // It comes back by itself; what was there stays.
      return connection.wasJoined ? <Room /> : <Preview />;
    case 'left':
      return (
        <p>
          {'message' in connection.reason && connection.reason.message ? connection.reason.message : 'You have left.'}{' '}
          <button type="button" onClick={onBack}>
            Back
          </button>
        </p>
      );
  }
}

function Preview() {
  const session = useSession();
  const room = useRoom();
  const { role } = useSelf();
  const [name, setName] = useState(new URLSearchParams(location.search).get('name') ?? '');
  const join = (event: FormEvent): void => {
    event.preventDefault();
    // Devices come along as they were switched on here. A failure is the next state.
    session.join({ name }).catch(() => {});
  };
  return (
    <form onSubmit={join}>
      <p>
        You enter “{room.name}” as {role?.name}.
      </p>
      <OwnPicture />
      <DeviceButtons />
      <label>
        Your name <input name="name" required value={name} onChange={(event) => setName(event.target.value)} />
      </label>
      <button type="submit">Join</button>
    </form>
  );
}
