import { type BoardElement, MAX_BOARD_CHANGES } from '@amphi/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { enter, makeSession, outline, ROLES, recipientsOf, sent } from '../test/session-fixture.ts';
import {
  BOARD_LIMITS,
  changeRolesOfTemplate,
  closeBoard,
  closeDesertedBoard,
  drawOnBoard,
  type Effects,
  expireAway,
  GRACE_MS,
  type KeptContent,
  keptRecords,
  leavePeer,
  openBoard,
  peerDisconnected,
  readBoard,
  requestRoleChange,
  restoreKept,
  resumePeer,
  type Session,
  tendBoard,
} from './index.ts';

const RIGHTS = { admin: ['host'], writer: ['guest'], reader: ['audience', 'viewer'] };

/** One of each level: an admin, a writer, two readers, one of them of the stream. */
function room(boardRoles = RIGHTS): Session {
  const session = makeSession({ boardRoles });
  enter(session, 'host', 'host');
  enter(session, 'guest', 'guest');
  enter(session, 'audience', 'audience');
  enter(session, 'viewer', 'viewer');
  return session;
}

/** One who may change roles, and nothing with the board. */
function setUpSecond(session: Session): void {
  session.roles = { ...session.roles, chief: { ...ROLES.host!, name: 'chief' } };
  enter(session, 'second', 'chief');
}

const open = (session: Session, peerId = 'host', fresh = false): string =>
  openBoard(session, peerId, { fresh }, 50).result.board_id;

const element = (id: string, version = 1, nonce = 1, data: unknown = { at: version }): BoardElement => ({
  id,
  version,
  nonce,
  data,
});

const draw = (session: Session, peerId: string, ...changes: BoardElement[]): Effects =>
  drawOnBoard(session, peerId, { board_id: session.board?.head.id ?? '', changes });

/** All pages. */
function read(session: Session, peerId: string): { readonly elements: BoardElement[]; readonly pages: number } {
  const elements: BoardElement[] = [];
  for (let pages = 1, after = 0; ; pages++) {
    const page = readBoard(session, peerId, { board_id: session.board?.head.id ?? '', after });
    elements.push(...page.elements);
    if (page.last) return { elements, pages };
    after = page.position;
  }
}

const refusal = (run: () => unknown): string | undefined => {
  try {
    run();
    return undefined;
  } catch (error) {
    return String((error as { code: number }).code);
  }
};

describe('the whiteboard', () => {
  it('BRD1: admins open, close, draw and see it, writers draw and see it, readers see it; nobody else, nor the hidden peer', () => {
    const outcomes = (peerId: string) => {
      const session = room({ ...RIGHTS, reader: ['audience'] });
      enter(session, 'rec', '__internal_recorder');
      const opened = refusal(() => open(session, peerId));
      if (opened !== undefined) open(session);
      const { id } = session.board?.head ?? { id: '' };
      return [
        opened,
        refusal(() => draw(session, peerId, element('e'))),
        refusal(() => readBoard(session, peerId, { board_id: id, after: 0 })),
        refusal(() => closeBoard(session, peerId, id)),
      ];
    };
    expect(outcomes('host')).toEqual([undefined, undefined, undefined, undefined]);
    expect(outcomes('guest')).toEqual(['403', undefined, undefined, '403']);
    expect(outcomes('audience')).toEqual(['403', '403', undefined, '403']);
    expect(outcomes('viewer')).toEqual(['403', '403', '403', '403']);
    expect(outcomes('rec')).toEqual(['403', '403', '403', '403']);
    expect(outcomes('nobody-there')).toEqual(['410', '410', '410', '410']);
  });

  it('BRD1: newcomers are told by room-info what roles may do, where anybody may open one', () => {
    const session = room();
    expect(sent(enter(session, 'late', 'viewer'), 'room-info')).toMatchObject({ whiteboard: RIGHTS });
    expect(sent(enter(makeSession(), 'a', 'host'), 'room-info')).not.toHaveProperty('whiteboard');
  });

  it('BRD2: opening is told to all who may see it, of every level; while it is open a second one is 409', () => {
    const session = room();
    const { result, effects } = openBoard(session, 'host', { fresh: false }, 50);
    expect(outline(effects)).toEqual(['audience,guest,host,viewer <- on-board-update']);
    expect(sent(effects, 'on-board-update')).toEqual({
      board_id: result.board_id,
      state: 'open',
      owner: 'host',
      owner_name: 'HOST',
      opened_at: 50,
    });
    expect(refusal(() => open(session))).toBe('409');
  });

  it('BRD3: who opened it closes it, whatever role it has by then, and so does another admin', () => {
    const session = room();
    const id = open(session);
    enter(session, 'second', 'host');
    requestRoleChange(session, 'host', { requested_for: 'host', role: 'viewer', force: true }, 0);
    expect(sent(closeBoard(session, 'host', id), 'on-board-update')).toMatchObject({ state: 'closed', owner: 'host' });
    expect(refusal(() => closeBoard(session, 'second', id))).toBe('404');
    open(session, 'second');
    enter(session, 'third', 'host');
    expect(outline(closeBoard(session, 'third', id))).toEqual([
      'audience,guest,host,second,third,viewer <- on-board-update',
    ]);
  });

  it('BRD13: who opened it leaves for good: it waits for an admin, and closes when none comes', () => {
    const session = room();
    open(session);
    leavePeer(session, 'guest', { why: 'left' });
    peerDisconnected(session, 'host', 100);
    expireAway(session, 100 + GRACE_MS - 1);
    const effects = expireAway(session, 100 + GRACE_MS);
    expect(effects).toContainEqual({ type: 'boardDeserted' });
    expect(outline(effects)).not.toContain('audience,viewer <- on-board-update');
    enter(session, 'late', 'viewer');
    expect(session.board?.head).toMatchObject({ isOpen: true, ownerId: 'host' });
    const closed = closeDesertedBoard(session);
    expect(sent(closed, 'on-board-update')).toMatchObject({ state: 'closed' });
    expect(outline(closed)).toEqual(['audience,late,viewer <- on-board-update']);
    expect(closeDesertedBoard(session)).toEqual([]);
  });

  it('BRD13: the admin who is there the longest has it then, whoever only draws does not', () => {
    const session = room();
    const id = open(session);
    enter(session, 'second', 'host');
    enter(session, 'third', 'host');
    const effects = leavePeer(session, 'host', { why: 'left' });
    expect(sent(effects, 'on-board-update')).toMatchObject({
      board_id: id,
      state: 'open',
      owner: 'second',
      owner_name: 'SECOND',
      opened_at: 50,
    });
    expect(closeDesertedBoard(session)).toEqual([]);
    requestRoleChange(session, 'third', { requested_for: 'second', role: 'viewer', force: true }, 0);
    closeBoard(session, 'second', id);
  });

  it('BRD13: an admin who comes while it waits has it, with what is on it', () => {
    const session = room();
    open(session);
    draw(session, 'guest', element('e'));
    leavePeer(session, 'host', { why: 'left' });
    const effects = enter(session, 'host again', 'host');
    expect(outline(effects)).toContain('audience,guest,host again,viewer <- on-board-update');
    expect(sent(effects, 'on-board-update')).toMatchObject({ state: 'open', owner: 'host again' });
    expect(read(session, 'host again').elements).toEqual([element('e')]);
    expect(closeDesertedBoard(session)).toEqual([]);
  });

  it('BRD13: so has who is made an admin while it waits', () => {
    const session = room();
    open(session);
    setUpSecond(session);
    leavePeer(session, 'host', { why: 'left' });
    const effects = requestRoleChange(session, 'second', { requested_for: 'guest', role: 'host', force: true }, 0);
    expect(sent(effects, 'on-board-update')).toMatchObject({ state: 'open', owner: 'guest' });
  });

  it('BRD4: what is drawn is told to all who may see it but who drew it; not after it was closed, nor by the id of another board', () => {
    const session = room();
    const id = open(session);
    const effects = draw(session, 'guest', element('e', 3, 7, { type: 'line' }), element('f', 1, 1, null));
    expect(outline(effects)).toEqual(['audience,host,viewer <- on-board-change']);
    expect(sent(effects, 'on-board-change')).toEqual({
      board_id: id,
      peer_id: 'guest',
      elements: [element('e', 3, 7, { type: 'line' }), element('f', 1, 1, null)],
    });
    const inAnother = () => drawOnBoard(session, 'guest', { board_id: 'other', changes: [element('e', 9)] });
    expect(refusal(inAnother)).toBe('404');
    closeBoard(session, 'host', id);
    expect(refusal(() => draw(session, 'guest', element('e', 9)))).toBe('404');
    expect(refusal(() => read(session, 'viewer'))).toBe('404');
  });

  it('BRD5: the higher version holds, of equal ones the lower nonce; what is older changes nothing and is told to nobody', () => {
    const session = room();
    open(session);
    draw(session, 'guest', element('e', 2, 5, 'first'));
    expect(draw(session, 'host', element('e', 1, 1, 'older'), element('e', 2, 5, 'same'))).toEqual([]);
    expect(draw(session, 'host', element('e', 2, 6, 'higher nonce'))).toEqual([]);
    const effects = draw(session, 'host', element('e', 2, 4, 'lower nonce'), element('e', 3, 9, 'newer'), element('f'));
    expect(sent(effects, 'on-board-change')).toMatchObject({
      elements: [element('e', 3, 9, 'newer'), element('f')],
    });
    expect(read(session, 'viewer').elements).toEqual([element('e', 3, 9, 'newer'), element('f')]);
  });

  it('BRD6: what is on it stays when it is closed, through role changes of who drew it; a fresh one begins empty, with another id', () => {
    const session = room();
    const id = open(session);
    draw(session, 'guest', element('e'));
    requestRoleChange(session, 'host', { requested_for: 'guest', role: 'viewer', force: true }, 0);
    closeBoard(session, 'host', id);
    expect(open(session)).toBe(id);
    expect(read(session, 'guest').elements).toEqual([element('e')]);
    closeBoard(session, 'host', id);
    expect(open(session, 'host', true)).not.toBe(id);
    expect(read(session, 'guest').elements).toEqual([]);
  });

  it('BRD7: an element, and all of them, are bounded in bytes and number: 413, and nothing of the message has happened', () => {
    const session = room();
    open(session);
    const large = element('large', 1, 1, 'x'.repeat(BOARD_LIMITS.elementBytes - 2));
    expect(refusal(() => draw(session, 'guest', element('e'), { ...large, data: `${large.data}x` }))).toBe('413');
    expect(read(session, 'viewer').elements).toEqual([]);
    const fitting = BOARD_LIMITS.bytes / BOARD_LIMITS.elementBytes;
    for (let i = 0; i < fitting; i++) draw(session, 'guest', { ...large, id: `large ${i}` });
    expect(refusal(() => draw(session, 'guest', element('one more')))).toBe('413');
    // What makes room is never refused.
    draw(session, 'guest', element('large 0', 2, 1, null), element('one more'));

    const full = room();
    open(full);
    const some = (from: number, count: number) => Array.from({ length: count }, (_none, i) => element(`e${from + i}`));
    for (let at = 0; at < BOARD_LIMITS.elements; at += MAX_BOARD_CHANGES) draw(full, 'guest', ...some(at, 200));
    expect(refusal(() => draw(full, 'guest', element('one more')))).toBe('413');
    draw(full, 'guest', element('e0', 2, 1, null), element('one more'));
    expect(full.board?.count).toBe(BOARD_LIMITS.elements);
  });

  it('BRD7: what was deleted is remembered up to a number, the latest of it longest', () => {
    const session = room();
    open(session);
    for (let at = 0; at <= BOARD_LIMITS.deleted; at += MAX_BOARD_CHANGES) {
      const gone = Array.from({ length: MAX_BOARD_CHANGES }, (_none, i) => element(`e${at + i}`, 2, 1, null));
      draw(session, 'guest', ...gone);
    }
    const { elements } = read(session, 'viewer');
    expect(elements.length).toBeLessThanOrEqual(BOARD_LIMITS.deleted);
    expect(elements.length).toBeGreaterThanOrEqual(BOARD_LIMITS.deleted / 2);
    expect(elements.at(-1)?.id).toBe(`e${BOARD_LIMITS.deleted + MAX_BOARD_CHANGES - 1}`);
    expect(session.board).toMatchObject({ count: 0, bytes: 0 });
  });

  it('BRD8: late joiners are told that it is open, and read it in pages; what changes meanwhile comes later in the order', () => {
    const session = room();
    const id = open(session);
    for (let i = 0; i < 10; i++) draw(session, 'guest', element(`e${i}`, 1, 1, 'x'.repeat(20_000)));
    expect(sent(enter(session, 'late', 'viewer'), 'on-board-update')).toMatchObject({ board_id: id, state: 'open' });
    const first = readBoard(session, 'late', { board_id: id, after: 0 });
    expect(first.elements.map((one) => one.id)).toEqual(['e0', 'e1', 'e2']);
    expect(first.last).toBe(false);
    draw(session, 'guest', element('e0', 2, 1, null), element('e9', 2, 1, 'short'));
    const seen = [...first.elements];
    for (let page = first; !page.last; ) {
      page = readBoard(session, 'late', { board_id: id, after: page.position });
      seen.push(...page.elements);
    }
    const latest = new Map(seen.map((one) => [one.id, one]));
    expect(latest.get('e0')?.data).toBeNull();
    expect(latest.get('e9')?.data).toBe('short');
    expect(latest.size).toBe(10);
    const { pages } = read(session, 'late');
    expect(pages).toBeGreaterThan(2);
  });

  it('BRD8: who is back is told how it is by now; a join says nothing of what is on it', () => {
    const session = room();
    const id = open(session);
    draw(session, 'guest', element('e', 1, 1, 'on the board'));
    peerDisconnected(session, 'viewer', 100);
    closeBoard(session, 'host', id);
    const back = resumePeer(session, 'viewer', 0);
    expect(sent(back, 'on-board-update')).toMatchObject({ state: 'closed' });
    expect(JSON.stringify([back, enter(session, 'late', 'viewer')])).not.toContain('on the board');
  });

  it('BRD9: with another role it appears, or is closed, for who may see it now, or may not any more', () => {
    const session = room({ ...RIGHTS, reader: ['audience'] });
    const id = open(session);
    const give = (role: string) =>
      requestRoleChange(session, 'host', { requested_for: 'viewer', role, force: true }, 0);
    expect(sent(give('audience'), 'on-board-update')).toMatchObject({ board_id: id, state: 'open' });
    expect(outline(give('guest'))).not.toContain('viewer <- on-board-update');
    expect(sent(give('viewer'), 'on-board-update')).toMatchObject({ board_id: id, state: 'closed' });
  });

  it('BRD10: a role with another name keeps its rights, and everyone is told', () => {
    const session = room();
    open(session);
    const { guest, ...others } = ROLES;
    const roles = { ...others, artist: { ...guest!, name: 'artist' } };
    const effects = changeRolesOfTemplate(session, roles, { from: 'guest', to: 'artist' });
    expect(sent(effects, 'room-info')).toMatchObject({ whiteboard: { ...RIGHTS, writer: ['artist'] } });
    expect(outline(draw(session, 'guest', element('e')))).toEqual(['audience,host,viewer <- on-board-change']);
  });

  it('BRD11: another process goes on with it, deleted elements included; it waits for an admin when its owner cannot come back', () => {
    const before = room();
    open(before);
    draw(before, 'guest', element('e'), element('f'), element('g'));
    draw(before, 'host', element('e', 2, 1, 'moved'), element('f', 2, 1, null));
    const kept = [...keptRecords(before)].map((record) => JSON.parse(JSON.stringify(record.content())) as KeptContent);
    const leftOver: KeptContent = {
      kind: 'element',
      boardId: 'the one before',
      element: { id: 'x', version: 1, nonce: 1, json: '1', bytes: 1, position: 1 },
    };
    const after = room();
    restoreKept(after, [leftOver, ...kept.toReversed()]);
    expect(tendBoard(after)).toEqual([]);
    expect(read(after, 'viewer')).toEqual(read(before, 'viewer'));
    expect(after.board).toMatchObject({ count: 2, bytes: before.board?.bytes, position: 5 });

    const deserted = makeSession({ boardRoles: RIGHTS });
    enter(deserted, 'viewer', 'viewer');
    restoreKept(deserted, kept);
    expect(tendBoard(deserted)).toEqual([{ type: 'boardDeserted' }]);
    expect(outline(closeDesertedBoard(deserted))).toEqual(['viewer <- on-board-update']);
    expect(deserted.board?.head.isOpen).toBe(false);
  });

  it('BRD11: one change writes one record', () => {
    const session = room();
    open(session);
    draw(session, 'guest', element('e'), element('f'));
    const versions = () => new Map([...keptRecords(session)].map(({ key, version }) => [key, version]));
    const before = versions();
    draw(session, 'guest', element('e', 2));
    const changed = [...versions()].filter(([key, version]) => before.get(key) !== version);
    expect(changed.map(([key]) => key)).toEqual([JSON.stringify(['element', session.board?.head.id, 'e'])]);
  });
});

/** A client as an editor keeps it: what holds by version and nonce, whatever came first. */
class Drawer {
  readonly elements = new Map<string, BoardElement>();
  readonly unsent: BoardElement[] = [];
  isConnected = true;

  take(elements: readonly BoardElement[]): void {
    for (const one of elements) {
      const present = this.elements.get(one.id);
      const isNewer =
        !present || one.version > present.version || (one.version === present.version && one.nonce < present.nonce);
      if (isNewer) this.elements.set(one.id, one);
    }
  }
}

const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('draw'), who: fc.nat(3), id: fc.nat(4), nonce: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete'), who: fc.nat(3), id: fc.nat(4), nonce: fc.nat(3) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('send'), who: fc.nat(3), id: fc.nat(9), nonce: fc.nat(0) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut'), who: fc.nat(3), id: fc.nat(0), nonce: fc.nat(0) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('return'), who: fc.nat(3), id: fc.nat(0), nonce: fc.nat(0) }) },
);

it('BRD5: several draw at once, lose their connections and come back: in the end all have the same board', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
      const session = makeSession({ boardRoles: { admin: ['host'], writer: [], reader: [] } });
      const ids = ['p0', 'p1', 'p2', 'p3'];
      const drawers = new Map(ids.map((id) => [id, new Drawer()]));
      for (const id of ids) enter(session, id, 'host');
      open(session, 'p0');
      const deliver = (effects: Effects): void => {
        for (const effect of effects) {
          if (effect.type !== 'notify' || effect.notification.method !== 'on-board-change') continue;
          for (const to of recipientsOf(effect)) {
            const drawer = drawers.get(to);
            if (drawer?.isConnected) drawer.take(effect.notification.params.elements);
          }
        }
      };
      const comeBack = (id: string, drawer: Drawer): void => {
        if (drawer.isConnected) return;
        drawer.isConnected = true;
        deliver(resumePeer(session, id, 0));
        drawer.take(read(session, id).elements);
      };
      const flush = (id: string, drawer: Drawer, at = 0): void => {
        // Not in the order in which it was drawn.
        const [change] = drawer.unsent.splice(at % Math.max(1, drawer.unsent.length), 1);
        if (change) deliver(draw(session, id, change));
      };
      for (const { kind, who, id, nonce } of actions) {
        const peerId = ids[who] ?? 'p0';
        const drawer = drawers.get(peerId) ?? new Drawer();
        if (kind === 'cut') {
          drawer.isConnected = false;
          peerDisconnected(session, peerId, 100);
        } else if (kind === 'return') comeBack(peerId, drawer);
        else if (kind === 'send') {
          if (drawer.isConnected) flush(peerId, drawer, id);
        } else {
          const present = drawer.elements.get(`e${id}`);
          const version = (present?.version ?? 0) + 1;
          // As of an editor's nonces, no two are the same.
          const change = element(`e${id}`, version, nonce * 4 + who, kind === 'delete' ? null : `${who} ${version}`);
          drawer.take([change]);
          drawer.unsent.push(change);
        }
      }
      for (const [id, drawer] of drawers) {
        comeBack(id, drawer);
        while (drawer.unsent.length > 0) flush(id, drawer);
      }
      const board = new Map(read(session, 'p0').elements.map((one) => [one.id, one]));
      for (const drawer of drawers.values()) expect(drawer.elements).toEqual(board);
    }),
    { numRuns: 300 },
  );
});
