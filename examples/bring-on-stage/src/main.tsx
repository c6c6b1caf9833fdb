import { createSession, readJoinLink } from '@amphi/client';
import { AmphiProvider, useConnection } from '@amphi/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Host } from './host.tsx';
import { Invitation } from './invitation.tsx';
import { Place } from './place.tsx';

/**
 * One page for host and audience: what each may do is in their role, where each is in its level. Open it with a join
 * link and a name: `?link=…&name=Ada`.
 */
const query = new URLSearchParams(location.search);
const link = readJoinLink(query.get('link') ?? '');
const root = createRoot(document.getElementById('root')!);

if (link) {
  const session = createSession({ endpoint: link.endpoint });
  // A failure is the session's last state, which `App` shows.
  session.join({ access: link.access, name: query.get('name') ?? 'Somebody', camera: true }).catch(() => {});
  root.render(
    <StrictMode>
      <AmphiProvider session={session}>
        <App />
      </AmphiProvider>
    </StrictMode>,
  );
} else {
  root.render(<p>Open this page with a join link and a name: ?link=…&amp;name=Ada</p>);
}

function App() {
  const connection = useConnection();
  if (connection.status === 'left') {
    return <p role="alert">{'message' in connection.reason ? connection.reason.message : 'You have left.'}</p>;
  }
  if (connection.status === 'connecting' || connection.status === 'joining') return <p>Joining …</p>;
  return (
    <main>
      <Place />
      <Invitation />
      <Host />
    </main>
  );
}
