import type { JoinLink } from '@amphi/client';
import { AmphiProvider, useConnection, useRoom } from '@amphi/react';
import { isolate, Spinner } from '@amphi/ui';
import { useCallback, useEffect, useState } from 'react';
import { EffectsProvider } from './effects/effects-context.ts';
import type { ParentPage } from './embedding/parent-page.ts';
import { useEmbedding } from './embedding/use-embedding.ts';
import { LeftScreen } from './end/left-screen.tsx';
import { MessageScreen } from './end/message-screen.tsx';
import { useGoodbye } from './end/use-goodbye.ts';
import { LookProvider } from './look/look.tsx';
import { EarlyPlayerContext } from './opening/early-player-context.ts';
import type { OpenedVisit } from './opening/opened-visit.ts';
import { PreviewScreen } from './preview/preview-screen.tsx';
import { RememberedDevices } from './preview/remembered-devices.tsx';
import { RoomScreen } from './room/room-screen.tsx';
import { useWords } from './words/speaking.tsx';

/**
 * The page from opening a join link to leaving, and again on rejoining.
 * @param props.parent the page that has this one in a frame
 * @param props.open begins a visit
 */
export function RoomApp({
  link,
  parent,
  open,
}: {
  readonly link: JoinLink | undefined;
  readonly parent: ParentPage | undefined;
  readonly open: (link: JoinLink) => OpenedVisit;
}) {
  const words = useWords();
  const [visit, setVisit] = useState(1);
  const rejoin = useCallback(() => setVisit((count) => count + 1), []);
  useEffect(() => {
    if (!link) parent?.tell({ name: 'error', detail: { code: 'bad_link', message: 'the link names no room' } });
  }, [link, parent]);
  if (!link) {
    return (
      <MessageScreen title={words.page.badLink} testId="bad-link">
        {words.page.badLinkHelp}
      </MessageScreen>
    );
  }
  return <Visit key={visit} link={link} parent={parent} open={open} onRejoin={rejoin} />;
}

/** One visit is one session: it is made when the visit begins and left when it ends. */
function Visit({
  link,
  parent,
  open,
  onRejoin,
}: {
  readonly link: JoinLink;
  readonly parent: ParentPage | undefined;
  readonly open: (link: JoinLink) => OpenedVisit;
  readonly onRejoin: () => void;
}) {
  const [visit, setVisit] = useState<OpenedVisit>();
  useEffect(() => {
    const opened = open(link);
    setVisit(opened);
    return opened.close;
  }, [link, open]);
  useEmbedding(parent, visit?.session);
  if (!visit) return <Connecting />;
  return (
    <AmphiProvider session={visit.session}>
      <EffectsProvider value={visit.effects}>
        <RememberedDevices />
        <EarlyPlayerContext value={visit.early}>
          <LookProvider found={visit.layouts} meanwhile={<Connecting />}>
            <Screen link={link} onRejoin={onRejoin} />
          </LookProvider>
        </EarlyPlayerContext>
      </EffectsProvider>
    </AmphiProvider>
  );
}

function Screen({ link, onRejoin }: { readonly link: JoinLink; readonly onRejoin: () => void }) {
  const connection = useConnection();
  const { name } = useRoom();
  const { isDue, end } = useGoodbye(connection);
  const [wasIn, setWasIn] = useState(false);
  useEffect(() => {
    if (connection.status === 'joined') setWasIn(true);
  }, [connection]);
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
      return <LeftScreen reason={connection.reason} wasIn={wasIn} onRejoin={onRejoin} />;
  }
}

function Connecting() {
  return (
    <main className="grid min-h-dvh place-items-center bg-page text-ink-soft">
      <Spinner label={useWords().page.connecting} className="text-lg" />
    </main>
  );
}
