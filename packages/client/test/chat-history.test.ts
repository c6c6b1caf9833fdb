import { describe, expect, it } from 'vitest';
import { MESSAGES_KEPT } from '../src/index.ts';
import { type FakeHost, peerInfo } from './fake-host.ts';
import { advance, joined, type Setup, settled } from './joined.ts';

const broadcast = (index: number, part: object = {}) => ({
  peer: peerInfo('p-2', 'guest', 'Bo'),
  private: false,
  message_id: `m-${index}`,
  timestamp: index,
  info: { type: 'chat', message: `text ${index}` },
  ...part,
});

/** A room that has said so many messages, and gives them as the server does. */
function serve(host: FakeHost, said: number): { last: number } {
  const room = { last: said };
  host.answers['chat-history'] = ({ before, limit }) => {
    const end = Math.min(room.last, (before === undefined ? Number.POSITIVE_INFINITY : Number(before)) - 1);
    const first = Math.max(1, end - Number(limit) + 1);
    const messages = Array.from({ length: Math.max(0, end - first + 1) }, (_, i) => ({
      ...broadcast(first + i),
      own: false,
    }));
    return { result: { messages, before: first, eof: first === 1 } };
  };
  return room;
}

const roomInfo = (part: object = {}) => ({
  room_id: 'r-1',
  name: 'town hall',
  description: '',
  max_size: 0,
  large_room_optimization: false,
  ...part,
});

async function inRoomThatKeeps(said: number): Promise<Setup & { readonly room: { last: number } }> {
  const setup = await joined();
  const room = serve(setup.host, said);
  setup.host.socket.notify('room-info', roomInfo({ chat_history: true }));
  await settled();
  return { ...setup, room };
}

const ids = ({ session }: Setup): string[] => session.state.messages.map(({ id }) => id);
const range = (first: number, last: number): string[] =>
  Array.from({ length: last - first + 1 }, (_, i) => `m-${first + i}`);

describe('chat history', () => {
  it('asks nothing of a room that keeps none', async () => {
    const { host, session } = await joined();
    host.socket.notify('room-info', roomInfo());
    await settled();
    expect(session.state.chatHistory).toEqual({ isKept: false, isLoading: false, hasEarlier: false });
    await session.loadEarlierMessages();
    expect(host.socket.requests('chat-history')).toEqual([]);
  });

  it('shows the newest page after joining, and more on request until there is none', async () => {
    const setup = await inRoomThatKeeps(60);
    const { host, session } = setup;
    expect(ids(setup)).toEqual(range(11, 60));
    expect(session.state.messages[0]).toMatchObject({ isEarlier: true, delivery: 'sent', sender: { isSelf: false } });
    expect(session.state.chatHistory).toEqual({ isKept: true, isLoading: false, hasEarlier: true });
    host.socket.notify('on-broadcast', broadcast(61));
    const twice = [session.loadEarlierMessages(), session.loadEarlierMessages()];
    expect(session.state.chatHistory.isLoading).toBe(true);
    await Promise.all(twice);
    expect(ids(setup)).toEqual(range(1, 61));
    expect(session.state.chatHistory).toMatchObject({ isLoading: false, hasEarlier: false });
    expect(host.socket.requests('chat-history').map(({ params }) => params)).toEqual([
      { limit: 50 },
      { before: 11, limit: 50 },
    ]);
  });

  it('keeps what came while the page was on its way, each once and in its place', async () => {
    const setup = await joined();
    serve(setup.host, 2);
    setup.host.socket.notify('on-broadcast', broadcast(2));
    setup.host.socket.notify('on-broadcast', broadcast(3));
    setup.host.answers.broadcast = 'silent';
    setup.session.sendMessage('mine').catch(() => {});
    setup.host.socket.notify('room-info', roomInfo({ chat_history: true }));
    await settled();
    expect(ids(setup)).toEqual(['m-1', 'm-2', 'm-3', setup.session.state.messages[3]?.id]);
    expect(setup.session.state.messages[3]).toMatchObject({ text: 'mine', delivery: 'sending' });
  });

  it('shows an own message once that the history gave before its answer came', async () => {
    const setup = await joined();
    const { host, session } = setup;
    host.answers.broadcast = 'silent';
    const sending = session.sendMessage('mine');
    await settled();
    const { id } = host.socket.requests('broadcast')[0] ?? {};
    host.answers['chat-history'] = () => ({
      result: { messages: [{ ...broadcast(1), own: true, recipient: 'p-9', private: true }], before: 1, eof: true },
    });
    host.socket.notify('room-info', roomInfo({ chat_history: true }));
    await settled();
    expect(session.state.messages.at(-1)).toMatchObject({
      sender: { isSelf: true },
      recipients: { to: 'peer', peerId: 'p-9' },
    });
    host.socket.send({ id, result: { message_id: 'm-1', timestamp: 1 } });
    await sending;
    expect(ids(setup)).toEqual(['m-1']);
  });

  it('fills in what was said while the connection was lost', async () => {
    const setup = await inRoomThatKeeps(3);
    const { host, session, clock, room } = setup;
    room.last = 200;
    host.socket.drop();
    await advance(clock, 5_000);
    expect(session.state.connection.status).toBe('joined');
    await settled();
    expect(ids(setup)).toEqual(range(1, 200));
    expect(session.state.messages.at(-1)?.isEarlier).toBe(false);
  });

  it('asks for no more than it keeps', async () => {
    const setup = await inRoomThatKeeps(MESSAGES_KEPT + 10);
    while (setup.session.state.chatHistory.hasEarlier) await setup.session.loadEarlierMessages();
    expect(ids(setup)).toEqual(range(11, MESSAGES_KEPT + 10));
  });

  it('tells who asks that it cannot be had, and lets it be asked again', async () => {
    const setup = await joined();
    const { host, session } = setup;
    host.answers['chat-history'] = () => ({ error: { code: 503, message: 'not now' } });
    host.socket.notify('room-info', roomInfo({ chat_history: true }));
    await settled();
    await expect(session.loadEarlierMessages()).rejects.toMatchObject({ serverCode: 503 });
    expect(session.state.chatHistory).toEqual({ isKept: true, isLoading: false, hasEarlier: true });
    serve(host, 1);
    await session.loadEarlierMessages();
    expect(ids(setup)).toEqual(['m-1']);
  });
});
