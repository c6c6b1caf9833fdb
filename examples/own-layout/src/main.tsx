import { createSession, readJoinLink } from '@amphi/client';
import { AmphiProvider } from '@amphi/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Stage } from './stage.tsx';

/** A stage of one's own. Open it with a join link and a name: `?link=…&name=Ada`. */
const query = new URLSearchParams(location.search);
const link = readJoinLink(query.get('link') ?? '');
const root = createRoot(document.getElementById('root')!);

if (link) {
  const session = createSession({ endpoint: link.endpoint });
  // A failure is the session's last state, which `Stage` shows.
  session
    .join({ access: link.access, name: query.get('name') ?? 'Somebody', camera: true, microphone: true })
    .catch(() => {});
  root.render(
    <StrictMode>
      <AmphiProvider session={session}>
        <Stage />
      </AmphiProvider>
    </StrictMode>,
  );
} else {
  root.render(<p>Open this page with a join link and a name: ?link=…&amp;name=Ada</p>);
}
