import { createSession, type JoinLink, type Session } from '@amphi/client';
import { AmphiProvider, useConnection, useRoom } from '@amphi/react';
import { isolate, Spinner } from '@amphi/ui';
import { useCallback, useEffect, useState } from 'react';
import { LeftScreen } from './end/left-screen.tsx';
import { MessageScreen } from './end/message-screen.tsx';
import { useGoodbye } from './end/use-goodbye.ts';
import { tabUserId, tokenKeeper } from './page/preferences.ts';
import { PreviewScreen } from './preview/preview-screen.tsx';
import { RoomScreen } from './room/room-screen.tsx';

/** The page from opening a join link to leaving, and again on rejoining. */
export function RoomApp({ link }: { readonly link: JoinLink | undefined }) {
  const [visit, setVisit] = useState(1);
  const rejoin = useCallback(() => setVisit((count) => count + 1), []);
  if (!link) {
    return (
      <MessageScreen title="This link is not complete" testId="bad-link">
        A join link ends with a room code such as abc-defg-hij. Please check it, or ask for a new one.
      </MessageScreen>
    );
  }
  return <Visit key={visit} link={link} onRejoin={rejoin} />;
}

/** One visit is one session: it is made when the visit begins and left when it ends. */
function Visit({ link, onRejoin }: { readonly link: JoinLink; readonly onRejoin: () => void }) {
  const [session, setSession] = useState<Session>();
  useEffect(() => {
    const made = createSession({ endpoint: link.endpoint });
    setSession(made);
    const access =
      'roomCode' in link.access ? { ...link.access, userId: tabUserId(), keeper: tokenKeeper } : link.access;
    const isReady = link.skipsPreview && link.name !== '';
    const entered = isReady ? made.join({ access, name: link.name }) : made.preview(access);
    // A failure is a state of the session, which the screens show.
    entered.catch(() => {});
    return () => made.leave();
  }, [link]);
  if (!session) return <Connecting />;
  return (
    <AmphiProvider session={session}>
      <Screen link={link} onRejoin={onRejoin} />
    </AmphiProvider>
  );
}

function Screen({ link, onRejoin }: { readonly link: JoinLink; readonly onRejoin: () => void }) {
  const connection = useConnection();
  const { name } = useRoom();
  const { isDue, end } = useGoodbye(connection);
  useEffect(() => {
    document.title = name ? `${isolate(name)} · Amphi` : 'Amphi';
  }, [name]);
  switch (connection.status) {
    case 'idle':
    case 'connecting':
      return <Connecting />;
    case 'preview':
      return <PreviewScreen link={link} isJoining={false} />;
    case 'joining':
      return link.skipsPreview ? <Connecting /> : <PreviewScreen link={link} isJoining />;
    case 'joined':
      return <RoomScreen />;
    case 'reconnecting':
      return connection.wasJoined ? <RoomScreen /> : <PreviewScreen link={link} isJoining={false} />;
    case 'left':
      // The same element as before, so that the stream goes on where it was.
      if (isDue) return <RoomScreen goodbye={end} />;
      return <LeftScreen reason={connection.reason} onRejoin={onRejoin} />;
  }
}

function Connecting() {
  return (
    <main className="grid min-h-dvh place-items-center bg-page text-ink-soft">
      <Spinner label="Connecting…" className="text-lg" />
    </main>
  );
}
