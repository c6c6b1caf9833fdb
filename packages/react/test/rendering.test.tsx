import { createSession, type Environment, type Session, type ValueKey } from '@amphi/client';
import { createElement, type FunctionComponent } from 'react';
import { renderToString } from 'react-dom/server';
import { expect, it } from 'vitest';
import {
  AmphiProvider,
  useCamera,
  useChat,
  useConnection,
  useConnectionQuality,
  useHand,
  useLiveStream,
  useModeration,
  usePeerCount,
  usePeerSearch,
  usePeers,
  usePolls,
  useRole,
  useRoleCounts,
  useSelf,
  useSession,
  useSessionValue,
  useSpeakers,
  useViewerCount,
} from '../src/index.ts';

const environment: Environment = {
  fetch: async () => ({ status: 500, header: () => null, text: async () => '' }),
  openSocket: () => ({ send: () => {}, close: () => {} }),
  createPeerConnection: () => {
    throw new Error('no connections here');
  },
  media: undefined,
  page: { isVisible: true, onVisibility: () => () => {}, onEnd: () => () => {} },
  audioOutput: {
    play: () => {},
    stop: () => {},
    setVolume: () => {},
    canSelect: false,
    select: async () => {},
    test: async () => {},
    onBlocked: () => () => {},
    unblock: async () => {},
  },
  createTestPicture: () => {
    throw new Error('nothing is measured');
  },
  createVideoSink: () => ({ show: () => {}, watch: () => () => {} }),
  onNetworkChange: () => () => {},
  randomId: () => 'p-1',
  userAgent: 'sdk:test',
};

const SPOTLIGHT: ValueKey<string> = {
  key: 'spotlight',
  read: (value) => (typeof value === 'string' ? value : undefined),
};

const Lost = () => <p>{useSession().state.self.name}</p>;

function render(session: Session, component: FunctionComponent): string {
  return renderToString(<AmphiProvider session={session}>{createElement(component)}</AmphiProvider>);
}

it('every hook reads a session that has not connected yet', () => {
  const session = createSession({ endpoint: 'https://live.example.org', environment });
  const html = render(session, () => {
    const facts = [
      useConnection().status,
      useSelf().peerId,
      usePeers().length,
      usePeerCount(),
      useSpeakers().length,
      useViewerCount(),
      useChat().messages.length,
      useLiveStream().status,
      useRole().can('endRoom'),
      useCamera().status,
    ];
    return <p>{facts.join(' ')}</p>;
  });
  expect(html).toBe('<p>idle p-1 0 1 0 1 0 off false off</p>');
});

it('hooks of the room read a session that has not connected yet, and reject what it cannot do', async () => {
  const session = createSession({ endpoint: 'https://live.example.org', environment });
  const calls: (() => Promise<unknown>)[] = [];
  const html = render(session, () => {
    const hand = useHand();
    const polls = usePolls();
    const moderation = useModeration();
    const [spotlight, setSpotlight] = useSessionValue(SPOTLIGHT);
    calls.push(
      () => hand.set(true),
      () => polls.start('q'),
      () => moderation.muteOthers(true),
      () => setSpotlight('p-1'),
    );
    const search = usePeerSearch('ada');
    const facts = [hand.isRaised, hand.raised.length, polls.polls.length, spotlight ?? 'nobody', search.results.length];
    return <p>{[...facts, useConnectionQuality('p-1') ?? 'unknown', Object.keys(useRoleCounts()).length].join(' ')}</p>;
  });
  expect(html).toBe('<p>false 0 0 nobody 0 unknown 0</p>');
  const codes = await Promise.all(calls.map((call) => call().catch((error) => error.code)));
  expect(codes).toEqual(['wrong_state', 'not_allowed', 'not_allowed', 'wrong_state']);
});

it('hooks follow the state: a camera that cannot be had', async () => {
  const session = createSession({ endpoint: 'https://live.example.org', environment });
  await session.setCamera(true);
  expect(render(session, () => <p>{useCamera().error?.code}</p>)).toBe('<p>insecure_page</p>');
});

it('a rejected message rejects, also outside a joined session', async () => {
  const session = createSession({ endpoint: 'https://live.example.org', environment });
  let send: ((text: string) => Promise<void>) | undefined;
  render(session, () => {
    send = useChat().send;
    return null;
  });
  await expect(send?.('hello')).rejects.toMatchObject({ code: 'wrong_state' });
});

it('says what is missing without a provider', () => {
  expect(() => renderToString(<Lost />)).toThrow(/AmphiProvider/);
});
