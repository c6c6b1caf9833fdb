import type { BoardElement } from '@amphi/protocol';
import { describe, expect, it } from 'vitest';
import { boardRights, type ClientError } from '../src/index.ts';
import { peerInfo, roomObject } from './fake-host.ts';
import { advance, joined, type Setup, settled } from './joined.ts';

const RIGHTS = { admin: ['broadcaster'], writer: ['guest'], reader: ['viewer'] };
const ID = 'b-1';

const element = (id: string, version: number, data: unknown, nonce = 5): BoardElement => ({ id, version, nonce, data });

const update = (part: object = {}) => ({
  board_id: ID,
  state: 'open',
  owner: 'p-2',
  owner_name: 'Bo',
  opened_at: 50,
  ...part,
});

/** A room whose board is open, with these elements on it, one in a page. */
async function inRoomWithBoard(
  roleName = 'guest',
  ...elements: BoardElement[]
): Promise<Setup & { readonly board: BoardElement[] }> {
  const setup = await joined(roleName);
  const { host } = setup;
  const board = [...elements];
  host.answers['board-get'] = ({ after }) => {
    const at = Number(after);
    return { result: { elements: board.slice(at, at + 1), position: at + 1, last: at + 1 >= board.length } };
  };
  host.socket.notify('room-info', {
    room_id: 'r-1',
    name: 'town hall',
    description: '',
    max_size: 0,
    large_room_optimization: false,
    whiteboard: RIGHTS,
  });
  host.socket.notify('on-board-update', update());
  await settled();
  return { ...setup, board };
}

const shown = ({ session }: Setup): Record<string, unknown> =>
  Object.fromEntries(Object.values(session.state.board.elements).map(({ id, data }) => [id, data]));

const sentBy = ({ host }: Setup) =>
  host.socket.requests('board-draw').map(({ params }) => params as { board_id: string; changes: BoardElement[] });

describe('the whiteboard', () => {
  it('says what the role allows; nothing is sent without it', async () => {
    const setup = await inRoomWithBoard('viewer');
    const { host, session } = setup;
    expect(boardRights(session.state)).toEqual({ canOpen: false, canClose: false, canDraw: false, canSee: true });
    await expect(session.board.open()).rejects.toMatchObject({ code: 'not_allowed' });
    await expect(session.board.close()).rejects.toMatchObject({ code: 'not_allowed' });
    expect(() => session.board.draw([{ id: 'e', data: 1 }])).toThrow('may not');
    await advance(setup.clock, 1_000);
    expect(host.socket.frames.filter(({ method }) => /^board-(?!get)/.test(method ?? ''))).toEqual([]);
    expect(boardRights((await joined()).session.state)).toMatchObject({ canOpen: false, canSee: false });
  });

  it('opens it, empty if that is wanted, and closes it', async () => {
    const setup = await inRoomWithBoard('broadcaster');
    const { host, session } = setup;
    await session.board.close();
    expect(host.socket.requests('board-close').map(({ params }) => params)).toEqual([{ board_id: ID }]);
    host.socket.notify('on-board-update', update({ state: 'closed' }));
    expect(session.state.board).toMatchObject({ status: 'closed', owner: undefined, elements: {} });
    expect(() => session.board.draw([{ id: 'e', data: 1 }])).toThrow('closed');
    host.answers['board-open'] = () => ({ result: { board_id: 'b-2' } });
    await session.board.open({ fresh: true });
    expect(host.socket.requests('board-open').map(({ params }) => params)).toEqual([{ fresh: true }]);
  });

  it('lets who has opened it draw at once; what is drawn before all are told stays', async () => {
    const setup = await inRoomWithBoard('broadcaster');
    const { host, session, clock } = setup;
    host.socket.notify('on-board-update', update({ state: 'closed' }));
    host.answers['board-open'] = () => ({ result: { board_id: 'b-2' } });
    await session.board.open();
    expect(session.state.board).toMatchObject({ status: 'loading', owner: { peerId: session.state.self.peerId } });
    session.board.draw([{ id: 'e', data: 1 }]);
    host.socket.notify('on-board-update', update({ board_id: 'b-2', owner: session.state.self.peerId }));
    await advance(clock, 1_000);
    expect(shown(setup)).toEqual({ e: 1 });
    expect(session.state.board).toMatchObject({ status: 'open', openedAt: 50 });
    expect(sentBy(setup)).toMatchObject([{ board_id: 'b-2', changes: [{ id: 'e', data: 1 }] }]);
  });

  it('sends what we drew last before it is closed', async () => {
    const setup = await inRoomWithBoard('broadcaster');
    const { host, session } = setup;
    const long = 'x'.repeat(40_000);
    session.board.draw([
      { id: 'a', data: long },
      { id: 'b', data: long },
    ]);
    const closed = session.board.close();
    await settled();
    await closed;
    const methods = host.socket.frames.flatMap(({ method }) => (method?.startsWith('board-') ? [method] : []));
    expect(methods.slice(-3)).toEqual(['board-draw', 'board-draw', 'board-close']);
    expect(sentBy(setup).flatMap(({ changes }) => changes.map(({ id }) => id))).toEqual(['a', 'b']);
  });

  it('is closed also when what we drew last is not taken', async () => {
    const setup = await inRoomWithBoard('broadcaster');
    const { host, session } = setup;
    host.answers['board-draw'] = () => ({ error: { code: 429, message: 'later', data: { retry_after_ms: 5_000 } } });
    session.board.draw([{ id: 'a', data: 1 }]);
    await session.board.close();
    expect(host.socket.requests('board-draw')).toHaveLength(1);
    expect(host.socket.requests('board-close')).toHaveLength(1);
  });

  it('reads what is on it, page by page; what others draw meanwhile is newer than what was read', async () => {
    const setup = await joined('viewer');
    const { host, session } = setup;
    host.answers['board-get'] = 'silent';
    host.socket.notify('on-board-update', update());
    expect(session.state.board).toMatchObject({
      status: 'loading',
      owner: { peerId: 'p-2', name: 'Bo' },
      openedAt: 50,
    });
    const { id } = host.socket.requests('board-get')[0] ?? {};
    host.socket.notify('on-board-change', {
      board_id: ID,
      peer_id: 'p-2',
      elements: [element('a', 2, 'newer'), element('b', 4, null)],
    });
    host.answers['board-get'] = () => ({ result: { elements: [element('c', 1, 'c')], position: 9, last: true } });
    const elements = [element('a', 1, 'older'), element('b', 3, 'deleted meanwhile')];
    host.socket.send({ id, result: { elements, position: 2, last: false } });
    await settled();
    expect(host.socket.requests('board-get').map(({ params }) => params)).toEqual([
      { board_id: ID, after: 0 },
      { board_id: ID, after: 2 },
    ]);
    expect(session.state.board.status).toBe('open');
    expect(shown(setup)).toEqual({ a: 'newer', c: 'c' });
  });

  it('shows at once what we draw, and tells it by and by, the last of many changes only', async () => {
    const setup = await inRoomWithBoard('guest', element('old', 7, 'old'));
    const { session } = setup;
    for (let step = 1; step <= 5; step++) session.board.draw([{ id: 'line', data: step }]);
    session.board.draw([{ id: 'old', data: undefined }]);
    expect(shown(setup)).toEqual({ line: 5 });
    expect(sentBy(setup)).toEqual([]);
    await advance(setup.clock, 250);
    expect(sentBy(setup)).toMatchObject([
      {
        board_id: ID,
        changes: [
          { id: 'line', version: 5, data: 5 },
          { id: 'old', version: 8, data: null },
        ],
      },
    ]);
    await advance(setup.clock, 2_000);
    expect(sentBy(setup)).toHaveLength(1);
  });

  it('keeps the elements that have not changed the same', async () => {
    const setup = await inRoomWithBoard('guest', element('a', 1, { x: 1 }), element('b', 1, { x: 2 }));
    const { a, b } = setup.session.state.board.elements;
    setup.session.board.draw([{ id: 'b', data: { x: 3 } }]);
    const { elements } = setup.session.state.board;
    expect(elements.a).toBe(a);
    expect(elements.b).not.toBe(b);
    expect(elements.b).toMatchObject({ version: 2 });
  });

  it('sends one message at a time, in parts that fit, and waits as long as the server says', async () => {
    const setup = await inRoomWithBoard();
    const { host, session, clock } = setup;
    let refusals = 1;
    host.answers['board-draw'] = () =>
      refusals-- > 0 ? { error: { code: 429, message: 'slowly', data: { retry_after_ms: 3_000 } } } : { result: {} };
    const drawings = Array.from({ length: 5 }, (_none, i) => ({ id: `e${i}`, data: 'x'.repeat(25_000) }));
    session.board.draw(drawings);
    await advance(clock, 2_750);
    expect(sentBy(setup)).toHaveLength(1);
    await advance(clock, 3_000);
    expect(sentBy(setup).map(({ changes }) => changes.map(({ id }) => id))).toEqual([
      ['e0', 'e1'],
      ['e0', 'e1'],
      ['e2', 'e3'],
      ['e4'],
    ]);
    session.board.draw(Array.from({ length: 250 }, (_none, i) => ({ id: `s${i}`, data: 1 })));
    await advance(clock, 1_000);
    expect(
      sentBy(setup)
        .slice(4)
        .map(({ changes }) => changes.length),
    ).toEqual([200, 50]);
  });

  it('of two changes of an element the higher version holds, of equal ones the lower nonce', async () => {
    const setup = await inRoomWithBoard('guest', element('a', 3, 'here'));
    const { host, session, clock } = setup;
    const change = (...elements: BoardElement[]) =>
      host.socket.notify('on-board-change', { board_id: ID, peer_id: 'p-2', elements });
    change(element('a', 2, 'older'), element('a', 3, 'higher nonce', 6));
    expect(shown(setup)).toEqual({ a: 'here' });
    change(element('a', 3, 'lower nonce', 4));
    expect(shown(setup)).toEqual({ a: 'lower nonce' });
    session.board.draw([{ id: 'a', data: 'ours' }]);
    change(element('a', 9, 'newer than ours'));
    host.socket.notify('on-board-change', { board_id: 'another', peer_id: 'p-2', elements: [element('a', 99, 'no')] });
    await advance(clock, 500);
    expect(shown(setup)).toEqual({ a: 'newer than ours' });
    expect(sentBy(setup)).toEqual([]);
  });

  it('what was drawn while the connection was lost is kept, and told afterwards; what others deleted meanwhile goes', async () => {
    const setup = await inRoomWithBoard('guest', element('a', 1, 'a'), element('gone', 1, 'gone'));
    const { host, session, clock, board } = setup;
    host.answers['board-draw'] = ({ changes }) => {
      board.push(...(changes as BoardElement[]));
      return { result: {} };
    };
    host.socket.drop();
    await settled();
    session.board.draw([{ id: 'mine', data: 'mine' }]);
    board.splice(0, 2, element('a', 2, 'moved'));
    await advance(clock, 5_000);
    expect(session.state.connection.status).toBe('joined');
    host.socket.notify('on-board-update', update());
    await advance(clock, 500);
    expect(shown(setup)).toEqual({ a: 'moved', mine: 'mine' });
    expect(sentBy(setup).flatMap(({ changes }) => changes.map(({ id }) => id))).toEqual(['mine']);
    expect(session.state.board.status).toBe('open');
  });

  it('believes a server that was killed and knows less', async () => {
    const setup = await inRoomWithBoard('guest', element('a', 4, 'lost with it'));
    setup.board.splice(0, 1, element('a', 3, 'what it kept'));
    setup.host.socket.drop();
    await advance(setup.clock, 5_000);
    expect(shown(setup)).toEqual({ a: 'what it kept' });
  });

  it('believes a server that was killed and knows of no board', async () => {
    const setup = await inRoomWithBoard('guest', element('a', 4, 'lost with it'));
    setup.host.answers['board-get'] = () => ({ error: { code: 404, message: 'no whiteboard is open' } });
    setup.host.socket.drop();
    await advance(setup.clock, 5_000);
    expect(setup.session.state.board).toMatchObject({ status: 'closed', elements: {} });
  });

  it('takes back what is refused, and says so', async () => {
    const setup = await inRoomWithBoard('guest', element('a', 1, 'a'));
    const { host, session, clock } = setup;
    const errors: ClientError[] = [];
    session.events.on('error', ({ error }) => errors.push(error));
    host.answers['board-draw'] = () => ({ error: { code: 413, message: 'full' } });
    session.board.draw([
      { id: 'a', data: 'changed' },
      { id: 'more', data: 'more' },
    ]);
    expect(shown(setup)).toEqual({ a: 'changed', more: 'more' });
    await advance(clock, 500);
    expect(errors.map(({ serverCode }) => serverCode)).toEqual([413]);
    expect(shown(setup)).toEqual({ a: 'a' });
  });

  it('asks again for a page when the server wishes it later', async () => {
    const setup = await joined('viewer');
    const { host, session, clock } = setup;
    host.answers['board-get'] = () => ({ error: { code: 429, message: 'slowly' } });
    host.socket.notify('on-board-update', update());
    await settled();
    host.answers['board-get'] = () => ({ result: { elements: [element('a', 1, 'a')], position: 1, last: true } });
    await advance(clock, 1_000);
    expect(session.state.board.status).toBe('open');
    expect(shown(setup)).toEqual({ a: 'a' });
  });

  it('begins anew with another board, and with another session of the room', async () => {
    const setup = await inRoomWithBoard('guest', element('a', 1, 'a'));
    const { host, session, board } = setup;
    board.splice(0);
    host.socket.notify('on-board-update', update({ board_id: 'b-2' }));
    expect(session.state.board).toMatchObject({ status: 'loading', elements: {} });
    await settled();
    expect(session.state.board.status).toBe('open');
    host.socket.notify('peer-list', { peers: { 'p-2': { ...peerInfo('p-2', 'guest', 'Bo') } }, room: roomObject() });
    expect(session.state.board.status).toBe('open');
    host.socket.notify('peer-list', { peers: {}, room: { ...roomObject(), session_id: 'another' } });
    expect(session.state.board.status).toBe('closed');
  });
});
