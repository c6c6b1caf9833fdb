import { createSession, type JoinLink, readJoinLink, type Session } from '@amphi/client';
import { AmphiProvider } from '@amphi/react';
import { type FormEvent, StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Visit } from './visit.tsx';

/** A link to a room, then the room. The session is made by an event and handed to the hooks; they hold no state of their own. */
function App() {
  const [session, setSession] = useState<Session>();
  const enter = (link: JoinLink): void => {
    const made = createSession({ endpoint: link.endpoint });
    // Nobody sees us yet: role, room and devices become known. Whatever fails is a state that `Visit` shows.
    made.preview(link.access).catch(() => {});
    setSession(made);
  };
  if (!session) return <Entrance onEnter={enter} />;
  return (
    <AmphiProvider session={session}>
      <Visit onBack={() => setSession(undefined)} />
    </AmphiProvider>
  );
}

function Entrance({ onEnter }: { readonly onEnter: (link: JoinLink) => void }) {
  const [problem, setProblem] = useState('');
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const link = readJoinLink(String(new FormData(event.currentTarget).get('link')));
    if (link) onEnter(link);
    else setProblem('This is no join link: it ends with a room code such as abc-defg-hij.');
  };
  return (
    <form onSubmit={submit}>
      <label>
        Join link <input name="link" type="url" required size={40} defaultValue={query.get('link') ?? ''} />
      </label>
      <button type="submit">Open</button>
      <p role="alert">{problem}</p>
    </form>
  );
}

const query = new URLSearchParams(location.search);
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
