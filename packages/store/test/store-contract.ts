import type { Clock } from '@amphi/base';
import { hlsDestination, type MemberRole, roomLook, type TemplateBody, templateBody } from '@amphi/protocol';
import type { VirtualClock } from '@amphi/testkit';
import { describe, expect, it } from 'vitest';
import { isUnstorableValue, newObjectId, type Store } from '../src/index.ts';

const body = (name: string, roles: readonly string[] = ['host', 'a guest', 'b']): TemplateBody =>
  templateBody.parse({ name, roles: Object.fromEntries(roles.map((role) => [role, { name: role }])) });

const DESTINATION = hlsDestination.parse({
  name: 'default',
  layers: [{ width: 1280, height: 720, videoBitrate: 2500 }],
});

const LADDER = {
  layers: [{ id: 'v720', width: 1280, height: 720, bitrate: 2_500_000, frame_rate: 30 }],
  chosen_by: 'destination',
  reason: 'named by the destination',
} as const;

const newStream = (roomId: string) => ({
  roomId,
  sessionId: newObjectId(),
  node: 'a',
  destination: 'default',
  settings: DESTINATION,
  ladder: LADDER,
  isRecorded: false,
  hasVod: false,
  playbackUrl: '',
  startedBy: '',
});

let counter = 0;
const unique = (word: string): string => {
  counter += 1;
  return `${word}-${counter}`;
};

/** What every database must do. Each test makes a workspace of its own, so one database serves all. */
export function describeStoreContract(given: () => { readonly store: Store; readonly clock: VirtualClock }): void {
  async function workspaceWithApp() {
    const { store, clock } = given();
    const { workspace } = await store.workspaces.create({ name: 'Studio' });
    const subdomain = unique('show');
    const { app, template } = await store.apps.create({
      workspaceId: workspace.id,
      name: 'Show',
      subdomain,
      region: 'eu',
      kit: 'custom',
      template: body(subdomain),
    });
    return { store, clock, workspace, app, template };
  }

  async function roomOf() {
    const made = await workspaceWithApp();
    const room = await made.store.rooms.upsert({
      workspaceId: made.workspace.id,
      name: unique('room'),
      template: { id: made.template.id, appId: made.app.id },
    });
    return { ...made, room };
  }

  describe('chat messages', () => {
    const messageOf = (id: string, roomId: string, part: { readonly position: number; readonly roles?: string[] }) => ({
      id: `${roomId} ${id}`,
      roomId,
      sessionId: 's-1',
      expiresAt: new Date(given().clock.now() + 1_000),
      roles: null,
      content: JSON.stringify({ text: `${id} \u0000 \ud800` }),
      ...part,
    });

    it('gives the newest of a room, or a session, in their order; each once, and none that was removed', async () => {
      const { store, room } = await roomOf();
      const other = await roomOf();
      const [a, b, c] = [1, 2, 3].map((position) => messageOf(`m${position}`, room.id, { position }));
      const ofNext = { ...messageOf('m4', room.id, { position: 4 }), sessionId: 's-2' };
      await store.chatMessages.add([ofNext, c!, a!]);
      await store.chatMessages.add([b!, { ...a!, content: 'again' }]);
      await store.chatMessages.add([messageOf('m5', other.room.id, { position: 5 })]);
      await store.chatMessages.add([]);
      const { id: roomId } = room;
      expect(await store.chatMessages.newest({ roomId, limit: 3 })).toEqual([b, c, ofNext]);
      expect(await store.chatMessages.newest({ roomId, sessionId: 's-1', limit: 2 })).toEqual([b, c]);
      await store.chatMessages.remove([c!.id, 'unknown']);
      await store.chatMessages.remove([]);
      expect(await store.chatMessages.newest({ roomId, limit: 9 })).toEqual([a, b, ofNext]);
    });

    it('gives none that has expired, and purges it', async () => {
      const { store, clock, room } = await roomOf();
      await store.chatMessages.add([messageOf('old', room.id, { position: 1 })]);
      clock.advance(1_000);
      const young = messageOf('young', room.id, { position: 2 });
      await store.chatMessages.add([young]);
      expect(await store.chatMessages.newest({ roomId: room.id, limit: 9 })).toEqual([young]);
      const statements = store.statements;
      await store.chatMessages.purge();
      expect(store.statements).toBe(statements + 1);
      expect(await store.chatMessages.newest({ roomId: room.id, limit: 9 })).toEqual([young]);
    });

    it('renames a role in the rooms of its template, and nowhere else', async () => {
      const { store, room, template } = await roomOf();
      const other = await roomOf();
      const toCrew = messageOf('m1', room.id, { position: 1, roles: ['b', 'host'] });
      const toAll = messageOf('m2', room.id, { position: 2 });
      const elsewhere = messageOf('m3', other.room.id, { position: 1, roles: ['host'] });
      await store.chatMessages.add([toCrew, toAll, elsewhere]);
      await store.chatMessages.renameRole(template.id, 'host', 'chair');
      const newest = (roomId: string) => store.chatMessages.newest({ roomId, limit: 9 });
      expect(await newest(room.id)).toEqual([{ ...toCrew, roles: ['b', 'chair'] }, toAll]);
      expect(await newest(other.room.id)).toEqual([elsewhere]);
    });
  });

  describe('events', () => {
    const eventOf = (id: string, roomId: string, part: object = {}) => ({
      ...{ id, roomId, sessionId: 's-1', peerId: 'p', userId: 'u', beamId: null, type: 'track.add.success' },
      ...{ at: new Date(given().clock.now()), data: { id } },
      ...part,
    });

    it('gives what there was when somebody began to ask, newest first, page by page', async () => {
      const { store, room } = await roomOf();
      const other = await roomOf();
      await store.analytics.add([]);
      await store.analytics.add(['a', 'b', 'c'].map((id) => eventOf(id, room.id)));
      await store.analytics.add([eventOf('x', other.room.id)]);
      const first = await store.analytics.list({ roomId: room.id }, { limit: 2 });
      expect([first.rows.map(({ id }) => id), first.total]).toEqual([['c', 'b'], 3]);
      await store.analytics.add([eventOf('d', room.id)]);
      const { upTo } = first;
      const second = await store.analytics.list({ roomId: room.id }, { limit: 2, upTo, before: first.rows[1]!.seq });
      expect([second.rows.map(({ id }) => id), second.total, second.upTo]).toEqual([['a'], 3, upTo]);
      expect((await store.analytics.list({ roomId: room.id }, { limit: 9 })).total).toBe(4);
    });

    it('EVT4: finds by what they are of, and forgets what is too old', async () => {
      const { store, clock, room } = await roomOf();
      await store.analytics.add([eventOf('old', room.id)]);
      clock.advance(30 * 86_400_000);
      await store.analytics.add([
        eventOf('added', room.id),
        eventOf('failed', room.id, { type: 'client.join.failed', sessionId: '', peerId: 'q' }),
        eventOf('recorded', room.id, { type: 'beam.recording.success', beamId: 'b', userId: '' }),
      ]);
      const found = async (filter: object) => {
        const { rows } = await store.analytics.list({ roomId: room.id, ...filter }, { limit: 9 });
        return rows.map(({ id }) => id);
      };
      expect(await found({})).toEqual(['recorded', 'failed', 'added']);
      expect(await found({ types: ['track.add.success', 'client.join.failed'] })).toEqual(['failed', 'added']);
      expect(await found({ failures: true })).toEqual(['failed']);
      expect(await found({ sessionId: 's-1', peerId: 'p' })).toEqual(['recorded', 'added']);
      expect(await found({ userId: 'u', beamId: 'b' })).toEqual([]);
      expect(await found({ beamId: 'b' })).toEqual(['recorded']);
      await store.analytics.purge();
      expect(await found({})).toHaveLength(3);
    });

    it('EVT5: gives those of a session, newest first, page by page, of the types that are asked for', async () => {
      const { store, clock, room } = await roomOf();
      const sessionId = unique('session');
      const left = (id: string) => eventOf(id, room.id, { sessionId, type: 'peer.leave' });
      await store.analytics.add([left('old')]);
      clock.advance(30 * 86_400_000);
      await store.analytics.add([left('a'), eventOf('track', room.id, { sessionId }), left('b'), left('c')]);
      const page = (before?: number) => store.analytics.ofSession(sessionId, ['peer.leave'], { before, limit: 2 });
      const first = await page();
      expect(first.map(({ id }) => id)).toEqual(['c', 'b']);
      expect((await page(first[1]!.seq)).map(({ id }) => id)).toEqual(['a']);
    });
  });

  describe('feedback', () => {
    /** A session of three: p has been there as p, under two names, q once. */
    async function sessionOf() {
      const made = await roomOf();
      const { store, workspace, room } = made;
      const id = unique('session');
      const now = given().clock.now();
      await store.history.open([
        { id, workspaceId: workspace.id, roomId: room.id, node: 'n', startedAt: new Date(now) },
      ]);
      const peer = (peerId: string, name: string, at: number) => ({
        ...{ sessionId: id, peerId, userId: `user-${peerId}`, name, role: 'host', joinedAt: new Date(now + at) },
      });
      await store.history.join([peer('p', 'Pia', 0), peer('q', 'Quinn', 1), peer('p', 'Pia P.', 2)]);
      const give = (peerId: string, rating: number, scale: readonly [number, number] = [1, 5]) =>
        store.feedback.give(
          { roomId: room.id, sessionId: id, peerId, userId: `user-${peerId}` },
          { question: 'How?', rating, minRating: scale[0], maxRating: scale[1], reasons: ['Chat'], comment: 'é 🙂' },
        );
      return { ...made, id, give };
    }

    it('FBK1: takes the first answer of who was there, under the name and role they had', async () => {
      const { store, workspace, room, template, id, give } = await sessionOf();
      expect(await give('p', 4)).toBe(true);
      expect(await give('p', 1)).toBe(true);
      const { rows, total } = await store.feedback.list({ workspaceId: workspace.id }, { limit: 9 });
      expect(total).toBe(1);
      expect(rows).toEqual([
        {
          ...{ id: rows[0]!.id, workspaceId: workspace.id, roomId: room.id, templateId: template.id, sessionId: id },
          ...{ peerId: 'p', userId: 'user-p', name: 'Pia P.', role: 'host', at: new Date(given().clock.now()) },
          ...{ question: 'How?', rating: 4, minRating: 1, maxRating: 5, reasons: ['Chat'], comment: 'é 🙂' },
        },
      ]);
    });

    it('FBK2: takes nothing of who was not there, nor for another', async () => {
      const { store, workspace, room, id, give } = await sessionOf();
      const other = await sessionOf();
      const rating = { question: '', rating: 1, minRating: 1, maxRating: 5, reasons: [], comment: '' };
      const by = { roomId: room.id, sessionId: id, peerId: 'p', userId: 'user-p' };
      expect(await give('x', 3)).toBe(false);
      for (const lie of [{ userId: 'user-q' }, { roomId: other.room.id }, { sessionId: other.id }, { peerId: 'q' }]) {
        expect(await store.feedback.give({ ...by, ...lie }, rating)).toBe(false);
      }
      expect((await store.feedback.list({ workspaceId: workspace.id }, { limit: 9 })).total).toBe(0);
    });

    it('FBK3: lists what is asked for, newest first, page by page', async () => {
      const { store, workspace, room, id, give } = await sessionOf();
      const other = await sessionOf();
      for (const peer of ['p', 'q']) await give(peer, 3);
      await other.give('p', 3);
      const list = async (filter: object, page: { limit: number; start?: string } = { limit: 9 }) => {
        const { rows, total } = await store.feedback.list({ workspaceId: workspace.id, ...filter }, page);
        return { peers: rows.map(({ peerId }) => peerId), last: rows.at(-1)?.id, total };
      };
      const first = await list({}, { limit: 1 });
      expect(first).toMatchObject({ peers: ['q'], total: 2 });
      expect(await list({}, { limit: 1, start: first.last! })).toMatchObject({ peers: ['p'], total: 2 });
      expect((await list({ roomId: room.id, sessionId: id })).peers).toEqual(['q', 'p']);
      expect((await list({ userId: 'user-p' })).peers).toEqual(['p']);
      expect((await list({ roomId: other.room.id })).peers).toEqual([]);
    });

    it('FBK4: has an average of each session, whatever the scales', async () => {
      const { store, id, give } = await sessionOf();
      expect(await store.feedback.summary(id)).toEqual({ count: 0, average: undefined });
      await give('p', 5);
      await give('q', -5, [-10, 10]);
      expect(await store.feedback.summary(id)).toEqual({ count: 2, average: 0.625 });
    });
  });

  describe('quality', () => {
    it('gives what a peer has reported, oldest first, each once, and forgets it after two weeks', async () => {
      const { store, clock } = given();
      const [sessionId, day] = [unique('session'), 86_400_000];
      const report = (peerId: string, content: string) => ({
        ...{ id: newObjectId(), sessionId, peerId, content, at: new Date(clock.now()) },
      });
      const [first, other, second] = [report('p', '[1]'), report('q', '[2]'), report('p', '[3]')];
      await store.peerQuality.add([]);
      await store.peerQuality.add([second, first, other]);
      await store.peerQuality.add([first]);
      expect(await store.peerQuality.of(sessionId, 'p')).toEqual([first, second]);
      clock.advance(13 * day);
      const late = report('p', '[4]');
      await store.peerQuality.add([late]);
      clock.advance(day);
      expect(await store.peerQuality.of(sessionId, 'p')).toEqual([late]);
      await store.peerQuality.purge();
      expect(await store.peerQuality.of(sessionId, 'q')).toEqual([]);
    });
  });

  describe('workspaces', () => {
    it('creates a workspace with a key of 24 hex characters and a secret of 64', async () => {
      const { store } = given();
      const { workspace, key } = await store.workspaces.create({ name: 'Studio' });
      expect(workspace.id).toMatch(/^[0-9a-f]{24}$/);
      expect(key.accessKey).toMatch(/^[0-9a-f]{24}$/);
      expect(key.secret).toMatch(/^[A-Za-z0-9_-]{64}$/);
      expect(await store.workspaces.findKey(key.accessKey)).toEqual(key);
      expect(await store.workspaces.signingKey(workspace.id)).toEqual(key);
    });

    it('finds a revoked key no more', async () => {
      const { store } = given();
      const { workspace, key } = await store.workspaces.create({ name: 'Studio' });
      const next = await store.workspaces.addKey(workspace.id);
      await store.workspaces.revokeKey(workspace.id, key.accessKey);
      expect(await store.workspaces.findKey(key.accessKey)).toBeUndefined();
      expect(await store.workspaces.signingKey(workspace.id)).toEqual(next);
      expect(await store.workspaces.keysOf(workspace.id)).toEqual([next]);
    });

    it('revokes neither the last key, nor that of others, also when all are revoked at once', async () => {
      const { store } = given();
      const { workspace, key } = await store.workspaces.create({ name: 'Studio' });
      const other = await store.workspaces.create({ name: 'Other' });
      const again = await store.workspaces.addKey(workspace.id);
      await expect(store.workspaces.revokeKey(other.workspace.id, key.accessKey)).rejects.toThrow(/no key/);
      const tries = [key, again].map(({ accessKey }) => store.workspaces.revokeKey(workspace.id, accessKey));
      const outcomes = await Promise.allSettled(tries);
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(await store.workspaces.keysOf(workspace.id)).toHaveLength(1);
    });

    it('knows the first workspace', async () => {
      const { store } = given();
      const before = await store.workspaces.first();
      await store.workspaces.create({ name: 'Later' });
      const first = await store.workspaces.first();
      expect(first).toBeDefined();
      if (before) expect(first).toEqual(before);
    });
  });

  describe('members', () => {
    async function workspaceWith(...roles: MemberRole[]) {
      const { store, clock } = given();
      const { workspace } = await store.workspaces.create({ name: 'Studio' });
      const members = [];
      for (const role of roles) {
        const email = `${unique('member')}@example.org`;
        members.push(await store.owners.create({ workspaceId: workspace.id, email, role }));
      }
      return { store, clock, workspaceId: workspace.id, members };
    }

    it('have a role; the only owner stays one, also when two go at once', async () => {
      const { store, workspaceId, members } = await workspaceWith('owner', 'viewer');
      const [owner, viewer] = members;
      const change = (memberId: string, role: MemberRole) => store.members.changeRole({ workspaceId, memberId, role });
      await expect(change(owner!.id, 'admin')).rejects.toMatchObject({ code: 'taken' });
      await expect(store.members.remove({ workspaceId, memberId: owner!.id })).rejects.toMatchObject({ code: 'taken' });
      expect(await change(viewer!.id, 'owner')).toMatchObject({ role: 'owner' });
      const going = [owner!, viewer!].map(({ id }) => store.members.remove({ workspaceId, memberId: id }));
      const outcomes = await Promise.allSettled(going);
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(await store.members.list(workspaceId)).toHaveLength(1);
      expect((await store.owners.firstOf(workspaceId))?.role).toBe('owner');
    });

    it('of other workspaces are not there, and nothing is done that the judge refuses', async () => {
      const { store, workspaceId, members } = await workspaceWith('owner', 'owner');
      const other = await workspaceWith('owner');
      const foreign = { workspaceId: other.workspaceId, memberId: members[0]!.id };
      await expect(store.members.remove(foreign)).rejects.toMatchObject({ code: 'not_found' });
      const refuse = (): never => {
        throw new Error('refused');
      };
      const own = { workspaceId, memberId: members[0]!.id };
      await expect(store.members.remove(own, refuse)).rejects.toThrow('refused');
      await expect(store.members.changeRole({ ...own, role: 'viewer' }, refuse)).rejects.toThrow('refused');
      expect((await store.members.list(workspaceId)).map(({ role }) => role)).toEqual(['owner', 'owner']);
    });

    it('come by an invitation, once and in time; another for the address takes its place', async () => {
      const { store, clock, workspaceId } = await workspaceWith('owner');
      const email = `${unique('guest')}@example.org`;
      const invite = (codeHash: string, max = 2) =>
        store.members.invite(
          { workspaceId, email, role: 'admin', codeHash, expiresAt: new Date(clock.now() + 1_000) },
          { max },
        );
      const [first, second, third] = [unique('a'), unique('b'), unique('c')];
      await invite(first);
      await invite(second);
      expect(await store.members.findInvitation(first)).toBeUndefined();
      expect(await store.members.invitations(workspaceId)).toMatchObject([{ email, role: 'admin' }]);
      const taken = await Promise.all([store.members.accept(second, 'hash'), store.members.accept(second, 'hash')]);
      expect(taken.filter((owner) => owner !== undefined)).toMatchObject([{ email, role: 'admin', workspaceId }]);
      await expect(invite(third)).rejects.toMatchObject({ code: 'taken' });
      const other = { workspaceId, role: 'viewer' as const, expiresAt: new Date(clock.now() + 1_000) };
      await store.members.invite({ ...other, email: `${unique('g')}@example.org`, codeHash: third }, { max: 1 });
      const beyond = { ...other, email: `${unique('g')}@example.org`, codeHash: unique('d') };
      await expect(store.members.invite(beyond, { max: 1 })).rejects.toMatchObject({ code: 'taken' });
      clock.advance(1_000);
      expect(await store.members.accept(third, 'hash')).toBeUndefined();
      expect(await store.members.invitations(workspaceId)).toEqual([]);
    });
  });

  describe('owners', () => {
    async function owner() {
      const { store, clock } = given();
      const { workspace } = await store.workspaces.create({ name: 'Studio' });
      const email = `${unique('mia')}@example.org`;
      return { store, clock, email, owner: await store.owners.create({ workspaceId: workspace.id, email }) };
    }
    const inMs = (clock: Clock, ms: number): Date => new Date(clock.now() + ms);

    it('finds an account by e-mail in any case, and refuses a second one', async () => {
      const { store, owner: made, email } = await owner();
      expect(made.passwordHash).toBeNull();
      expect(await store.owners.findByEmail(email.toUpperCase())).toEqual(made);
      expect(await store.owners.firstOf(made.workspaceId)).toEqual(made);
      await expect(
        store.owners.create({ workspaceId: made.workspaceId, email: email.toUpperCase() }),
      ).rejects.toMatchObject({ code: 'taken' });
    });

    it('ends sessions at their time and when deleted', async () => {
      const { store, clock, owner: made } = await owner();
      const session = (tokenHash: string) =>
        store.owners.createSession({ tokenHash, ownerId: made.id, byLink: false, expiresAt: inMs(clock, 1000) });
      const [a, b, c] = [unique('a'), unique('b'), unique('c')];
      await session(a);
      await session(b);
      await session(c);
      expect((await store.owners.findSession(a))?.owner).toEqual(made);
      await store.owners.deleteSession(b);
      expect(await store.owners.findSession(b)).toBeUndefined();
      await store.owners.extendSession(c, inMs(clock, 3000));
      clock.advance(1000);
      expect(await store.owners.findSession(a)).toBeUndefined();
      expect((await store.owners.findSession(c))?.session.expiresAt).toEqual(inMs(clock, 2000));
      await store.owners.purgeExpired();
      expect(await store.owners.findSession(c)).toBeDefined();
    });

    it('ends the other sessions when the password changes', async () => {
      const { store, clock, owner: made, email } = await owner();
      const [mine, other] = [unique('mine'), unique('other')];
      for (const tokenHash of [mine, other]) {
        await store.owners.createSession({ tokenHash, ownerId: made.id, byLink: true, expiresAt: inMs(clock, 1000) });
      }
      await store.owners.setPassword(made.id, { passwordHash: '$argon2id$x', keepSession: mine });
      expect((await store.owners.findByEmail(email))?.passwordHash).toBe('$argon2id$x');
      expect(await store.owners.findSession(mine)).toBeDefined();
      expect(await store.owners.findSession(other)).toBeUndefined();
    });

    it('lets a one-time code be used once, even when it is tried many times at once', async () => {
      const { store, clock, owner: made } = await owner();
      const codeHash = unique('code');
      await store.owners.createOneTimeCode({ codeHash, ownerId: made.id, expiresAt: inMs(clock, 1000) });
      const tries = await Promise.all(Array.from({ length: 8 }, () => store.owners.consumeOneTimeCode(codeHash)));
      expect(tries.filter((used) => used !== undefined)).toEqual([made]);
      expect(await store.owners.consumeOneTimeCode(unique('no-such-code'))).toBeUndefined();
    });

    it('refuses a one-time code after its time', async () => {
      const { store, clock, owner: made } = await owner();
      const codeHash = unique('code');
      await store.owners.createOneTimeCode({ codeHash, ownerId: made.id, expiresAt: inMs(clock, 1000) });
      clock.advance(1000);
      expect(await store.owners.consumeOneTimeCode(codeHash)).toBeUndefined();
    });
  });

  describe('apps', () => {
    it('keeps an app with its template, roles in the order given', async () => {
      const { store, workspace, app, template } = await workspaceWithApp();
      expect(Object.keys(template.body.roles)).toEqual(['host', 'a guest', 'b']);
      expect(template.isDefault).toBe(true);
      expect(await store.apps.find(workspace.id, app.id)).toEqual({ app, template });
      expect(await store.apps.findTemplate(template.id)).toEqual(template);
      expect(await store.apps.find(newObjectId(), app.id)).toBeUndefined();
    });

    it('refuses a subdomain that is in use, and leaves nothing behind', async () => {
      const { store, workspace, app } = await workspaceWithApp();
      await expect(
        store.apps.create({
          workspaceId: workspace.id,
          name: 'Other',
          subdomain: app.subdomain,
          region: 'us',
          kit: 'custom',
          template: body(unique('other')),
        }),
      ).rejects.toMatchObject({ code: 'taken' });
      expect(await store.apps.list(workspace.id)).toEqual([app]);
      expect(await store.apps.listTemplates({ workspaceId: workspace.id, limit: 10 })).toHaveLength(1);
    });

    it('has one default template, the first', async () => {
      const { store, workspace, template } = await workspaceWithApp();
      const second = unique('second');
      const { template: other, app } = await store.apps.create({
        workspaceId: workspace.id,
        name: 'Second',
        subdomain: second,
        region: 'us',
        kit: 'live_streaming',
        template: body(second),
      });
      expect(other.isDefault).toBe(false);
      expect((await store.apps.defaultTemplate(workspace.id))?.id).toBe(template.id);
      expect((await store.apps.list(workspace.id))[0]?.id).toBe(app.id);
      const page = await store.apps.listTemplates({ workspaceId: workspace.id, limit: 1 });
      expect(page.map((row) => row.id)).toEqual([other.id]);
      const next = await store.apps.listTemplates({ workspaceId: workspace.id, limit: 1, start: other.id });
      expect(next.map((row) => row.id)).toEqual([template.id]);
    });

    it('changes a template step by step, with no change lost', async () => {
      const { store, clock, template } = await workspaceWithApp();
      clock.advance(10);
      await Promise.all(
        ['x', 'y', 'z'].map((name) =>
          store.apps.changeTemplate(template.id, (old) => ({ ...old, plugins: { ...old.plugins, [name]: true } })),
        ),
      );
      const changed = await store.apps.findTemplate(template.id);
      expect(changed?.body.plugins).toEqual({ x: true, y: true, z: true });
      expect(changed?.updatedAt.getTime()).toBe(clock.now());
      await expect(store.apps.changeTemplate(newObjectId(), (old) => old)).rejects.toMatchObject({ code: 'not_found' });
    });

    it('PRE6: keeps how the rooms of a template look, by the names that roles have now', async () => {
      const { store, template } = await workspaceWithApp();
      expect(template.look).toBeNull();
      const roles = { host: { title: 'Welcome' }, a: { onStageRole: 'host', offStageRoles: ['a', 'host'] } };
      expect((await store.apps.setLook(template.id, roomLook.parse({ roles }))).look?.roles).toEqual(roles);
      await store.apps.renameRoleOfLook(template.id, 'host', 'chair');
      expect((await store.apps.findTemplate(template.id))?.look?.roles).toEqual({
        chair: { title: 'Welcome' },
        a: { onStageRole: 'chair', offStageRoles: ['a', 'chair'] },
      });
      expect((await store.apps.setLook(template.id, null)).look).toBeNull();
      await store.apps.renameRoleOfLook(template.id, 'host', 'chair');
      await expect(store.apps.setLook(newObjectId(), null)).rejects.toMatchObject({ code: 'not_found' });
    });
  });

  describe('rooms', () => {
    it('gives a known name the same room, with what the second call states', async () => {
      const { store, workspace, template, app, room } = await roomOf();
      const again = await store.rooms.upsert({
        workspaceId: workspace.id,
        name: room.name.toUpperCase(),
        description: 'weekly',
        template: { id: template.id, appId: app.id },
      });
      expect(again).toMatchObject({ id: room.id, description: 'weekly', enabled: true, size: null });
      expect(again.templateName).toBe(template.name);
      const third = await store.rooms.upsert({
        workspaceId: workspace.id,
        name: room.name,
        size: 5,
        template: { id: template.id, appId: app.id },
      });
      expect(third).toMatchObject({ description: 'weekly', size: 5, name: room.name });
    });

    it('moves a known room to another template only when asked to', async () => {
      const { store, workspace, template, app, room } = await roomOf();
      const second = unique('second');
      const other = await store.apps.create({
        workspaceId: workspace.id,
        name: 'Second',
        subdomain: second,
        region: 'us',
        kit: 'custom',
        template: body(second),
      });
      const target = { id: other.template.id, appId: other.app.id };
      const kept = await store.rooms.upsert({ workspaceId: workspace.id, name: room.name, template: target });
      expect(kept).toEqual(await store.rooms.find(room.id));
      expect(kept).toMatchObject({ templateId: template.id, templateName: template.name, appId: app.id });
      const moved = await store.rooms.upsert(
        { workspaceId: workspace.id, name: room.name, template: target },
        { replaceTemplate: true },
      );
      expect(moved).toMatchObject({ id: room.id, templateId: target.id, appId: target.appId });
      expect(moved.templateName).toBe(other.template.name);
      const back = await store.rooms.update(room.id, { template: { id: template.id, appId: app.id } });
      expect(back).toEqual(await store.rooms.find(room.id));
      expect(back?.templateName).toBe(template.name);
    });

    it('updates what is given and refuses the name of another room', async () => {
      const { store, workspace, template, app, room } = await roomOf();
      const other = await store.rooms.upsert({
        workspaceId: workspace.id,
        name: unique('other'),
        template: { id: template.id, appId: app.id },
      });
      expect(await store.rooms.update(room.id, { enabled: false })).toMatchObject({ enabled: false, name: room.name });
      await expect(store.rooms.update(room.id, { name: other.name.toUpperCase() })).rejects.toMatchObject({
        code: 'taken',
      });
      expect(await store.rooms.update(newObjectId(), { enabled: false })).toBeUndefined();
    });

    it('lists newest first in pages, by name, state and template', async () => {
      const { store, workspace, template, app } = await workspaceWithApp();
      const ids: string[] = [];
      for (const name of ['One', 'Two', 'Three']) {
        const made = await store.rooms.upsert({
          workspaceId: workspace.id,
          name,
          enabled: name !== 'Two',
          template: { id: template.id, appId: app.id },
        });
        ids.unshift(made.id);
      }
      const list = async (filter: { name?: string; enabled?: boolean; templateId?: string; start?: string }) =>
        (await store.rooms.list({ workspaceId: workspace.id, limit: 2, ...filter })).map((row) => row.id);
      expect(await list({})).toEqual(ids.slice(0, 2));
      expect(await list({ start: ids[1]! })).toEqual(ids.slice(2));
      expect(await list({ name: 'oNE' })).toEqual([ids[2]]);
      expect(await list({ enabled: false })).toEqual([ids[1]]);
      expect(await list({ templateId: newObjectId() })).toEqual([]);
      expect((await store.rooms.listOfApp(app.id)).map((row) => row.id)).toEqual([...ids].reverse());
    });
  });

  describe('room codes', () => {
    it('makes one code per role and returns the same ones again', async () => {
      const { store, room } = await roomOf();
      const codes = await store.roomCodes.ensureForRoles(room.id, ['host', 'guest']);
      expect(codes.map((code) => code.role)).toEqual(['host', 'guest']);
      for (const { code } of codes) expect(code).toMatch(/^[a-z]{3}-[a-z]{4}-[a-z]{3}$/);
      expect(await store.roomCodes.ensureForRoles(room.id, ['host', 'guest'])).toEqual(codes);
      expect(await store.roomCodes.find(codes[0]!.code)).toEqual(codes[0]);
    });

    it('adds codes for new roles and disables those of roles that are gone', async () => {
      const { store, room } = await roomOf();
      const [host, guest] = await store.roomCodes.ensureForRoles(room.id, ['host', 'guest']);
      const after = await store.roomCodes.ensureForRoles(room.id, ['host', 'viewer']);
      expect(after[0]).toEqual(host);
      expect(after[1]?.role).toBe('viewer');
      expect((await store.roomCodes.find(guest!.code))?.enabled).toBe(false);
    });

    it('makes another code for a role, lists, filters and disables', async () => {
      const { store, room } = await roomOf();
      const [first] = await store.roomCodes.ensureForRoles(room.id, ['host', 'guest']);
      const second = await store.roomCodes.create(room.id, 'host');
      expect(second.code).not.toBe(first?.code);
      const list = async (filter: { role?: string; enabled?: boolean; start?: string }) =>
        (await store.roomCodes.list({ roomId: room.id, limit: 10, ...filter })).map((row) => row.code);
      expect(await list({ role: 'host' })).toEqual([second.code, first?.code]);
      expect(await list({ role: 'host', start: second.id })).toEqual([first?.code]);
      expect(await store.roomCodes.setEnabled(second.code, false)).toMatchObject({ enabled: false });
      expect(await list({ enabled: false })).toEqual([second.code]);
      const current = await store.roomCodes.currentOf([room.id]);
      expect(current.find((row) => row.role === 'host')?.code).toBe(first?.code);
      expect(await store.roomCodes.setEnabled('aaa-aaaa-aaa', false)).toBeUndefined();
    });

    it('stops at 100 codes, also when they are asked for at once', async () => {
      const { store, room } = await roomOf();
      const ask = (times: number) =>
        Promise.allSettled(Array.from({ length: times }, () => store.roomCodes.create(room.id, 'host')));
      // No more at once than a slow machine answers before the pool gives up those that wait.
      for (let asked = 0; asked < 96; asked += 8) await ask(8);
      const results = await ask(7);
      const refused = results.filter((result) => result.status === 'rejected');
      expect(refused).toHaveLength(3);
      expect(refused[0]).toMatchObject({ reason: { code: 'too_many_codes' } });
      await expect(store.roomCodes.create(newObjectId(), 'host')).rejects.toMatchObject({ code: 'not_found' });
    });
  });

  describe('stream keys', () => {
    it('has one that is on for each room, also when many are asked for at once', async () => {
      const { store, room } = await roomOf();
      const made = await Promise.all(Array.from({ length: 5 }, () => store.streamKeys.create(room.id)));
      const [key, ...more] = made.filter((one) => one !== undefined);
      expect(more).toEqual([]);
      expect(key).toMatchObject({ roomId: room.id, enabled: true });
      expect(key!.key).toMatch(/^[\w-]{32}$/);
      expect(await store.streamKeys.activeOf(room.id)).toEqual(key);
      expect(await store.streamKeys.find(key!.key)).toEqual(key);
      expect(await store.streamKeys.find('nobodys')).toBeUndefined();
      await expect(store.streamKeys.create(newObjectId())).rejects.toMatchObject({ code: 'not_found' });
    });

    it('switches a key off for good; another one can be made then', async () => {
      const { store, room } = await roomOf();
      const first = (await store.streamKeys.create(room.id))!;
      expect(await store.streamKeys.disable(room.id)).toMatchObject({ id: first.id, enabled: false });
      expect(await store.streamKeys.disable(room.id)).toBeUndefined();
      expect(await store.streamKeys.activeOf(room.id)).toBeUndefined();
      expect((await store.streamKeys.find(first.key))?.enabled).toBe(false);
      const second = await store.streamKeys.create(room.id);
      expect(second?.key).not.toBe(first.key);
    });

    it('tells the last 20 that were switched off from unknown ones, and forgets those before', async () => {
      const { store, room } = await roomOf();
      const keys: string[] = [];
      for (let made = 0; made < 22; made++) {
        keys.push((await store.streamKeys.create(room.id))!.key);
        await store.streamKeys.disable(room.id);
      }
      const known = await Promise.all(keys.map(async (key) => (await store.streamKeys.find(key)) !== undefined));
      expect(known.filter(Boolean)).toHaveLength(20);
      expect(known.slice(0, 2)).toEqual([false, false]);
    });
  });

  describe('live streams', () => {
    it('records a stream from start to end', async () => {
      const { store, clock, workspace, room } = await roomOf();
      const sessionId = newObjectId();
      const id = newObjectId();
      const made = await store.liveStreams.create({
        id,
        roomId: room.id,
        sessionId,
        node: 'a',
        destination: 'default',
        settings: DESTINATION,
        ladder: LADDER,
        isRecorded: false,
        hasVod: false,
        playbackUrl: 'http://localhost/x.m3u8',
        startedBy: '',
      });
      expect(made).toMatchObject({
        status: 'starting',
        workspaceId: workspace.id,
        startedAt: null,
        ladder: LADDER,
      });
      const startedAt = new Date(clock.now());
      expect(made.isPaused).toBe(false);
      await store.liveStreams.update(id, { status: 'running', startedAt });
      expect(await store.liveStreams.update(id, { isPaused: true })).toMatchObject({
        isPaused: true,
        status: 'running',
      });
      const ended = await store.liveStreams.update(id, { status: 'completed', stoppedAt: startedAt, stoppedBy: 'p' });
      expect(ended).toMatchObject({ status: 'completed', startedAt, stoppedBy: 'p' });
      expect(await store.liveStreams.find(id)).toEqual(ended);
      const list = (filter: object) => store.liveStreams.list({ workspaceId: workspace.id, limit: 10, ...filter });
      expect(await list({ sessionId })).toEqual([ended]);
      expect(await list({ status: 'running' })).toEqual([]);
      expect(await list({ roomId: room.id, start: id })).toEqual([]);
      await expect(store.liveStreams.update(newObjectId(), { status: 'failed' })).rejects.toMatchObject({
        code: 'not_found',
      });
    });

    it('keeps the settings it was started with', async () => {
      const { store, room } = await roomOf();
      const id = newObjectId();
      await store.liveStreams.create({ ...newStream(room.id), id });
      expect((await store.liveStreams.wantedOf('a')).find((stream) => stream.id === id)?.settings).toEqual(DESTINATION);
    });

    it('ends what an earlier run of the same node left unfinished, but for what goes on', async () => {
      const { store, room } = await roomOf();
      const node = unique('node');
      const stream = { ...newStream(room.id), node };
      const [open, goesOn, done, stopping, others] = Array.from({ length: 5 }, () => newObjectId());
      for (const id of [open, goesOn, done, stopping]) await store.liveStreams.create({ ...stream, id: id! });
      await store.liveStreams.create({ ...stream, id: others!, node: unique('node') });
      await store.liveStreams.update(done!, { status: 'completed' });
      await store.liveStreams.update(stopping!, { status: 'stopping' });
      expect((await store.liveStreams.wantedOf(node)).map(({ id }) => id).sort()).toEqual([open, goesOn].sort());
      expect(await store.liveStreams.failUnfinished(node, [goesOn!])).toBe(2);
      const status = async (id: string | undefined) => (await store.liveStreams.find(id!))?.status;
      expect(await Promise.all([open, goesOn, done, stopping, others].map(status))).toEqual([
        'failed',
        'starting',
        'completed',
        'failed',
        'starting',
      ]);
    });

    it('ends streams of nodes that nothing was heard of', async () => {
      const { store, clock, room } = await roomOf();
      const node = unique('node');
      const [alive, dead] = [newObjectId(), newObjectId()];
      const sessions = [unique('session'), unique('session')] as const;
      for (const [i, id] of [alive, dead].entries()) {
        const sessionId = sessions[i]!;
        await store.liveStreams.create({ ...newStream(room.id), id, sessionId, node: i === 0 ? node : unique('node') });
        await store.sessions.open({
          id: sessionId,
          node: i === 0 ? node : unique('x'),
          roomId: room.id,
          startedAt: new Date(),
        });
      }
      clock.advance(600_000);
      await store.sessions.markSeen(node);
      await store.liveStreams.failAbandoned(new Date(clock.now() - 1_000));
      expect((await store.liveStreams.find(alive))?.status).toBe('starting');
      expect((await store.liveStreams.find(dead))?.status).toBe('failed');
      await store.sessions.forgetUnseen(new Date(clock.now() - 1_000));
      expect(await store.sessions.ofNode(node)).toHaveLength(1);
    });
  });

  describe('nodes', () => {
    const gone = async (store: Store, self: string, before: Date) =>
      store.transaction(async (tx) => (await tx.nodes.lockGone(self, before))?.name);

    it('WH9: are gone when they were silent, but for the one that asks, and for one whose sessions live', async () => {
      const { store, clock, room } = await roomOf();
      const [self, speaks, older, silent] = ['self', 'speaks', 'older', 'silent'].map(unique) as [
        string,
        string,
        string,
        string,
      ];
      for (const node of [self, speaks, older]) await store.nodes.markSeen(node);
      clock.advance(1_000);
      await store.nodes.markSeen(silent);
      await store.sessions.open({ id: unique('session'), node: older, roomId: room.id, startedAt: new Date() });
      clock.advance(600_000);
      const before = new Date(clock.now() - 1_000);
      await store.nodes.markSeen(speaks);
      await store.sessions.markSeen(older);
      expect(await gone(store, self, before)).toBe(silent);
      await store.nodes.forget(silent);
      expect(await gone(store, self, before)).toBeUndefined();
      expect(await gone(store, speaks, before)).toBe(self);
      await store.nodes.markSeen(self);
      expect(await gone(store, speaks, before)).toBeUndefined();
      for (const node of [self, speaks, older]) await store.nodes.forget(node);
    });

    it('WH9: what one had to tell becomes that of one other, in its order, behind what that one has to tell', async () => {
      const { store, clock, workspace, room } = await roomOf();
      const [lost, ...others] = ['lost', 'first', 'second'].map(unique) as [string, string, string];
      await store.nodes.markSeen(lost);
      const rowOf = (node: string, type: string) => ({
        ...{ eventId: type, workspaceId: workspace.id, roomId: room.id, sessionId: 's', type, node },
        ...{ at: new Date(clock.now()), url: 'https://backend.example/', headers: {}, body: '{}' },
      });
      const told = Array.from({ length: 7 }, (_, index) => `${index}`);
      await store.webhooks.enqueue(told.map((type) => rowOf(lost, type)));
      const [settled] = await store.webhooks.waiting(lost, { after: 0, limit: 1 });
      await store.webhooks.settle([{ seq: settled!.seq, attempts: 1 }]);
      for (const node of others) await store.webhooks.enqueue([rowOf(node, `of ${node}`)]);
      const replay = await store.webhookReplays.begin(lost, {
        ...{ workspaceId: workspace.id, from: new Date(0), to: new Date(clock.now()), limit: 9, offset: 0, words: '' },
      });
      clock.advance(600_000);
      const before = new Date(clock.now() - 1_000);
      // Both at once, a few at a time, until neither finds anything.
      const take = async (node: string): Promise<string[]> => {
        const replays: string[] = [];
        for (let isMore = true; isMore; ) {
          await store.transaction(async (tx) => {
            const found = await tx.nodes.lockGone(node, before);
            isMore = found !== undefined;
            if (!found || (await tx.webhooks.takeOver(found.name, node, 2)).length === 2) return;
            replays.push(...(await tx.webhookReplays.takeOver(found.name, node)));
            await tx.nodes.forget(found.name);
          });
        }
        return replays;
      };
      expect((await Promise.all(others.map(take))).flat()).toEqual([replay.replay.id]);
      const left = await Promise.all(
        others.map(async (node) =>
          (await store.webhooks.waiting(node, { after: 0, limit: 99 })).map((row) => row.type),
        ),
      );
      for (const [index, [first, ...types]] of left.entries()) {
        expect(first).toBe(`of ${others[index]}`);
        expect(types).toEqual([...types].sort());
      }
      expect(left.flatMap((types) => types.slice(1)).sort()).toEqual(told.slice(1));
      expect(await store.webhooks.waiting(lost, { after: 0, limit: 99 })).toEqual([]);
      const list = await store.webhooks.list(
        { workspaceId: workspace.id, from: new Date(0), to: new Date(clock.now()), state: 'delivered' },
        { limit: 9, offset: 0 },
      );
      expect(list.rows.map(({ type, node }) => [type, node])).toEqual([['0', lost]]);
    });

    it('WH9: a session that one left open is ended when the node was last heard of, never before it began', async () => {
      const { store, clock, workspace, room } = await roomOf();
      const node = unique('lost');
      const at = (afterMs: number) => new Date(clock.now() + afterMs);
      const open = (id: string, startedAt: Date) => ({
        id,
        workspaceId: workspace.id,
        roomId: room.id,
        node,
        startedAt,
      });
      const [long, late] = [unique('session'), unique('session')];
      await store.history.open([open(long, at(0)), open(late, at(9_000))]);
      const peer = { userId: '', name: 'Ann', role: 'host', sessionId: long };
      await store.history.join([
        { ...peer, peerId: 'a', joinedAt: at(1_000) },
        { ...peer, peerId: 'b', joinedAt: at(7_000) },
      ]);
      await store.history.endAbandoned(node, [], at(5_000));
      const found = await store.history.find(long);
      expect(found?.endedAt).toEqual(at(5_000));
      expect(found?.peers.map(({ peerId, leftAt, leftWhy }) => [peerId, leftAt, leftWhy])).toEqual([
        ['a', at(5_000), 'lost'],
        ['b', at(7_000), 'lost'],
      ]);
      expect((await store.history.find(late))?.endedAt).toEqual(at(9_000));
    });
  });

  describe('live sessions', () => {
    it('are kept by node with who is in them', async () => {
      const { store, clock, room } = await roomOf();
      const node = unique('node');
      const session = { id: unique('session'), node, roomId: room.id, startedAt: new Date(clock.now()) };
      await store.sessions.open(session);
      await store.sessions.open(session);
      const peer = (peerId: string, joinedAt: number) => ({
        peerId,
        tokenHash: `hash of ${peerId}`,
        claims: { access_key: 'k', version: 2, type: 'app', room_id: room.id, role: 'host', iat: 1, exp: 2 } as const,
        role: 'host',
        name: peerId,
        data: '{"hand":true}',
        joinedAt: new Date(joinedAt),
        sfuNodeId: null,
        autoVideo: false,
        groups: [],
        handRaisedAt: null,
        listens: [],
      });
      const [ann, bo, cy] = [peer('ann', 1_000), peer('bo', 2_000), peer('cy', 3_000)];
      await store.sessions.savePeers(session.id, [cy, ann]);
      const onStage = {
        ...ann,
        role: 'guest',
        sfuNodeId: 'sfu-1',
        autoVideo: true,
        groups: ['_handraise'],
        handRaisedAt: new Date(4_000),
        listens: ['a'],
      };
      await store.sessions.savePeers(session.id, [bo, onStage]);
      await store.sessions.savePeers(session.id, []);
      for (const poisoned of [{ name: 'zero \u0000' }, { data: '\u0000' }]) {
        const refused = store.sessions.savePeers(session.id, [
          { ...cy, name: 'new' },
          { ...bo, ...poisoned },
        ]);
        await expect(refused).rejects.toSatisfy(isUnstorableValue);
      }
      expect(await store.sessions.ofNode(node)).toEqual([
        { ...session, seenAt: new Date(clock.now()), peers: [onStage, bo, cy], state: [] },
      ]);
      await store.sessions.saveState(session.id, [
        { key: 'a', content: { text: 'one' } },
        { key: 'b', content: [2] },
      ]);
      await store.sessions.saveState(session.id, [{ key: 'a', content: { text: 'with \u0000' } }]);
      await store.sessions.removeState(session.id, ['b', 'nothing']);
      await store.sessions.saveState(session.id, []);
      await store.sessions.removeState(session.id, []);
      expect((await store.sessions.ofNode(node))[0]?.state).toEqual([{ key: 'a', content: { text: 'with \u0000' } }]);
      await store.sessions.removePeers(session.id, ['bo', 'nobody']);
      await store.sessions.removePeers(session.id, []);
      expect((await store.sessions.ofNode(node))[0]?.peers.map(({ peerId }) => peerId)).toEqual(['ann', 'cy']);
      expect(await store.sessions.ofNode(unique('node'))).toEqual([]);
      await store.sessions.close(session.id);
      await store.sessions.close(session.id);
      expect(await store.sessions.ofNode(node)).toEqual([]);
    });
  });

  describe('usage', () => {
    const HOUR = 3_600_000;
    const DAY = 24 * HOUR;
    const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

    /** The next midnight: nothing of an earlier test is in the days from then on. */
    async function atMidnight() {
      const made = await roomOf();
      const { clock, store, workspace } = made;
      clock.advance(DAY - (clock.now() % DAY));
      const midnight = clock.now();
      const at = (hours: number): Date => new Date(midnight + hours * HOUR);
      const session = async (room: { readonly id: string }, startedAt: Date): Promise<string> => {
        const id = newObjectId();
        await store.history.open([{ id, workspaceId: workspace.id, roomId: room.id, node: 'a', startedAt }]);
        return id;
      };
      const visit = async (sessionId: string, joined: number, left?: number): Promise<void> => {
        const peer = { sessionId, peerId: newObjectId(), joinedAt: at(joined), name: '', role: 'guest' };
        await store.history.join([{ ...peer, userId: 'u' }]);
        if (left !== undefined) await store.history.change([{ ...peer, left: { at: at(left), why: 'left' } }]);
      };
      const days = (appId?: string) =>
        store.usage.list({ workspaceId: workspace.id, appId, from: at(-DAY / HOUR), to: at(30 * 24) });
      return { ...made, midnight, at, session, visit, days };
    }

    const figures = (day: string, hours: { people?: number; stream?: number; recording?: number; peak?: number }) => ({
      day,
      participantMs: (hours.people ?? 0) * HOUR,
      streamMs: (hours.stream ?? 0) * HOUR,
      recordingMs: (hours.recording ?? 0) * HOUR,
      peakParticipants: hours.peak ?? 0,
    });

    it('USE1: counts people, streams and recordings by app and day, split at midnight, the same before and after a day is over', async () => {
      const { store, clock, workspace, app, room, midnight, at, session, visit, days } = await atMidnight();
      const subdomain = unique('other');
      const other = await store.apps.create({
        workspaceId: workspace.id,
        name: 'Other',
        subdomain,
        region: 'eu',
        kit: 'custom',
        template: body(subdomain),
      });
      const otherRoom = await store.rooms.upsert({
        workspaceId: workspace.id,
        name: unique('room'),
        template: { id: other.template.id, appId: other.app.id },
      });
      const one = await session(room, at(20));
      await visit(one, 20, 26);
      await visit(one, 21, 22);
      // Comes in the millisecond in which the one before has left.
      await visit(one, 22, 23);
      await visit(await session(otherRoom, at(21)), 21, 22);
      const stream = { ...newStream(room.id), id: newObjectId(), sessionId: one };
      await store.liveStreams.create(stream);
      await store.liveStreams.update(stream.id, { status: 'running', startedAt: at(21) });
      clock.advance(26 * HOUR);
      await store.liveStreams.update(stream.id, { status: 'completed', stoppedAt: at(25) });
      const asset = {
        jobId: stream.id,
        workspaceId: workspace.id,
        roomId: room.id,
        sessionId: one,
        node: 'a',
        type: 'room-composite',
        status: 'completed',
        run: '1',
        bytes: 1,
        durationMs: 2 * HOUR,
        width: 1280,
        height: 720,
        layer: 0,
        layers: null,
        thumbnails: null,
        track: null,
        upload: null,
      } as const;
      const layers = ['a', 'b'].map((file, layer) => ({ ...asset, id: newObjectId(), file, layer }));
      await store.recordingAssets.add(stream.id, layers);
      await store.recordingAssets.add(stream.id, [
        { ...asset, id: newObjectId(), file: 'c', run: '2', status: 'failed', durationMs: 9 * HOUR },
      ]);
      clock.advance(1);
      const [first, second] = [dayOf(midnight), dayOf(midnight + DAY)];
      const all = [
        figures(first, { people: 7, stream: 3, peak: 3 }),
        figures(second, { people: 2, stream: 1, recording: 2, peak: 1 }),
      ];
      const ofApp = [figures(first, { people: 6, stream: 3, peak: 2 }), all[1]];
      const ofOther = [figures(first, { people: 1, peak: 1 })];
      const expectSame = async () => {
        expect(await days()).toEqual(all);
        expect(await days(app.id)).toEqual(ofApp);
        expect(await days(other.app.id)).toEqual(ofOther);
      };
      await expectSame();
      await store.usage.rollUp();
      await expectSame();
      clock.advance(DAY);
      await store.usage.rollUp();
      await store.usage.rollUp();
      await expectSame();
      for (const { id } of layers) await store.recordingAssets.remove(id);
      await expectSame();
      const stranger = await workspaceWithApp();
      const range = { from: at(0), to: at(24) };
      expect(await store.usage.list({ workspaceId: stranger.workspace.id, ...range })).toEqual([]);
      expect(await store.usage.list({ workspaceId: workspace.id, ...range })).toEqual([all[0]]);
    });

    it('USE1: counts who is there up to now, and an hour after midnight for the day before', async () => {
      const { store, clock, room, midnight, at, session, visit, days } = await atMidnight();
      const id = await session(room, at(22));
      await visit(id, 22);
      clock.advance(23 * HOUR);
      const today = dayOf(midnight);
      expect(await days()).toEqual([figures(today, { people: 1, peak: 1 })]);
      clock.advance(90 * 60_000);
      await store.usage.rollUp();
      // Told late: its day has not been counted.
      await visit(id, 21, 22);
      clock.advance(HOUR);
      await store.usage.rollUp();
      const counted = [
        figures(today, { people: 3, peak: 1 }),
        figures(dayOf(midnight + DAY), { people: 1.5, peak: 1 }),
      ];
      expect(await days()).toEqual(counted);
      // A session that is over has nobody in it, also when nobody has said that they left.
      await store.history.end(id, at(25.5));
      clock.advance(DAY);
      expect(await days()).toEqual(counted);
    });

    it('USE1: counts as one who looks at every span would', async () => {
      const { store, clock, room, midnight, at, session, visit, days } = await atMidnight();
      const id = await session(room, at(0));
      let seed = 7;
      const random = (below: number): number => {
        seed = (seed * 48_271) % 2_147_483_647;
        return seed % below;
      };
      const spans = Array.from({ length: 60 }, () => {
        const from = random(400);
        return [from, from + random(40)] as const;
      });
      for (const [from, to] of spans) await visit(id, from, to);
      const expected = Array.from({ length: 20 }, (_, day) => day).flatMap((day) => {
        const hours = Array.from({ length: 24 }, (_, hour) => {
          const of = day * 24 + hour;
          return spans.filter(([from, to]) => from <= of && of < to).length;
        });
        const people = hours.reduce((sum, count) => sum + count, 0);
        if (people === 0) return [];
        return [figures(dayOf(midnight + day * DAY), { people, peak: Math.max(...hours) })];
      });
      clock.advance(2.5 * DAY);
      await store.usage.rollUp();
      clock.advance(18 * DAY);
      expect(await days()).toEqual(expected);
      // More than one statement counts.
      await store.usage.rollUp();
      expect(await days()).toEqual(expected);
    });
  });

  describe('transactions', () => {
    it('undo everything when the work throws', async () => {
      const { store, workspace, template, app } = await workspaceWithApp();
      const name = unique('undone');
      const failing = store.transaction(async (tx) => {
        const room = await tx.rooms.upsert({
          workspaceId: workspace.id,
          name,
          template: { id: template.id, appId: app.id },
        });
        await tx.roomCodes.ensureForRoles(room.id, ['host']);
        throw new Error('enough');
      });
      await expect(failing).rejects.toThrow('enough');
      expect(await store.rooms.list({ workspaceId: workspace.id, name, limit: 1 })).toEqual([]);
    });

    it('answer a ping', async () => {
      await expect(given().store.ping()).resolves.toBeUndefined();
    });
  });

  describe('admissions', () => {
    async function admitted() {
      const made = await roomOf();
      const { store, room } = made;
      const [code] = await store.roomCodes.ensureForRoles(room.id, ['host']);
      const key = (await store.workspaces.signingKey(made.workspace.id))!;
      const token = { accessKey: key.accessKey, roomId: room.id };
      const statementsOf = async <T>(ask: () => Promise<T>): Promise<{ found: T; statements: number }> => {
        const before = store.statements;
        return { found: await ask(), statements: store.statements - before };
      };
      return { ...made, code: code!, key, token, statementsOf };
    }

    it('BUD18: find all that a code stands for by one statement, and all that its token names by none', async () => {
      const { store, room, template, code, key, token, statementsOf } = await admitted();
      const place = { room, template };
      const first = await statementsOf(() => store.admissions.byCode(code.code));
      expect(first).toEqual({ found: { code, place, signingKey: key }, statements: 1 });
      expect(await statementsOf(() => store.admissions.byCode(code.code))).toEqual({ ...first, statements: 0 });
      expect(await statementsOf(() => store.admissions.byToken(token))).toEqual({
        found: { key, place },
        statements: 0,
      });
      expect(await statementsOf(() => store.admissions.place(room.id))).toEqual({ found: place, statements: 0 });
    });

    it('BUD18: find all that a token names by one statement, for many at once', async () => {
      const { store, clock, room, template, key, token, statementsOf } = await admitted();
      const ask = () => Promise.all(Array.from({ length: 20 }, () => store.admissions.byToken(token)));
      const { found, statements } = await statementsOf(ask);
      expect(found).toEqual(found.map(() => ({ key, place: { room, template } })));
      expect(statements).toBe(1);
      clock.advance(5_000);
      expect((await statementsOf(ask)).statements).toBe(1);
    });

    it('find nothing of what is not there, and remember unknown keys', async () => {
      const { store, key, room, statementsOf } = await admitted();
      const unknown = { accessKey: newObjectId(), roomId: room.id };
      expect(await statementsOf(() => store.admissions.byToken(unknown))).toEqual({
        found: { key: undefined, place: undefined },
        statements: 1,
      });
      expect((await statementsOf(() => store.admissions.byToken(unknown))).statements).toBe(0);
      expect((await statementsOf(() => store.admissions.key(unknown.accessKey))).statements).toBe(0);
      expect(await store.admissions.byToken({ accessKey: key.accessKey, roomId: newObjectId() })).toEqual({
        key,
        place: undefined,
      });
      expect(await store.admissions.byCode('zzz-zzzz-zzz')).toBeUndefined();
      // A forged token has taken nothing from those who come to the room it names.
      expect((await store.admissions.place(room.id))?.room.id).toBe(room.id);
    });

    it('BUD37: remember what back ends look at, and forget only what a room can change when one is made', async () => {
      const { store, clock, workspace, app, template, room, key, statementsOf } = await admitted();
      const { admissions } = store;
      const list = { workspaceId: workspace.id, limit: 10 };
      const look = () =>
        Promise.all([
          admissions.roomPage(list),
          admissions.template(template.id),
          admissions.defaultTemplate(workspace.id),
          admissions.key(key.accessKey),
        ]);
      const first = await statementsOf(look);
      expect(first).toEqual({ found: [[room], template, template, key], statements: 4 });
      expect(await statementsOf(look)).toEqual({ ...first, statements: 0 });
      const to = { id: template.id, appId: app.id };
      const newer = await store.rooms.upsert({ workspaceId: workspace.id, name: 'newer', template: to });
      const after = await statementsOf(look);
      expect(after).toEqual({ found: [[newer, room], template, template, key], statements: 1 });
      clock.advance(1_000);
      expect((await statementsOf(look)).statements).toBe(1);
      for (const more of [{ start: newer.id }, { search: 'newer' }]) {
        const page = () => admissions.roomPage({ ...list, ...more });
        await page();
        expect((await statementsOf(page)).statements).toBe(1);
      }
      await store.apps.changeTemplate(template.id, (old) => ({ ...old, name: `${old.name} 2` }));
      const [rooms, changed, byDefault] = await look();
      const { name } = changed!.body;
      expect([rooms[0]!.templateName, byDefault!.body.name, name]).toEqual([name, name, `${template.body.name} 2`]);
    });

    it('BUD19: show each write as soon as it has returned', async () => {
      const { store, workspace, app, template, room, code, key, token } = await admitted();
      const { admissions } = store;
      const warm = () => Promise.all([admissions.byCode(code.code), admissions.byToken(token)]);
      await warm();
      await store.rooms.update(room.id, { enabled: false });
      expect((await admissions.byToken(token)).place?.room.enabled).toBe(false);
      expect((await admissions.byCode(code.code))?.place.room.enabled).toBe(false);
      await store.rooms.upsert({
        workspaceId: workspace.id,
        name: room.name,
        enabled: true,
        template: { id: template.id, appId: app.id },
      });
      expect((await admissions.byToken(token)).place?.room.enabled).toBe(true);
      await store.apps.changeTemplate(template.id, (old) => ({ ...old, name: `${old.name} 2` }));
      expect((await admissions.place(room.id))?.template.body.name).toBe(`${template.body.name} 2`);
      await warm();
      await store.roomCodes.setEnabled(code.code, false);
      expect((await admissions.byCode(code.code))?.code.enabled).toBe(false);
      await store.roomCodes.setEnabled(code.code, true);
      await warm();
      await store.roomCodes.ensureForRoles(room.id, ['b']);
      expect((await admissions.byCode(code.code))?.code.enabled).toBe(false);
      await warm();
      await store.transaction(async (tx) => {
        await tx.rooms.update(room.id, { enabled: false });
      });
      expect((await admissions.byToken(token)).place?.room.enabled).toBe(false);
      await warm();
      const next = await store.workspaces.addKey(key.workspaceId);
      await store.workspaces.revokeKey(key.workspaceId, key.accessKey);
      expect(await admissions.byToken(token)).toEqual({ key: undefined, place: undefined });
      expect(await admissions.key(key.accessKey)).toBeUndefined();
      expect((await admissions.byCode(code.code))?.signingKey).toEqual(next);
    });

    it('BUD19: reads that began before a write do not hide it', async () => {
      const { store, room, code, token } = await admitted();
      const { admissions } = store;
      for (let round = 1; round <= 40; round += 1) {
        const description = `round ${round}`;
        const before = [admissions.byCode(code.code), admissions.byToken(token), admissions.place(room.id)];
        const writing =
          round % 2 === 0
            ? store.rooms.update(room.id, { description })
            : store.transaction((tx) => tx.rooms.update(room.id, { description }));
        const meanwhile = [admissions.byCode(code.code), admissions.byToken(token), admissions.place(room.id)];
        await writing;
        expect((await admissions.byToken(token)).place?.room.description).toBe(description);
        expect((await admissions.byCode(code.code))?.place.room.description).toBe(description);
        await Promise.all([...before, ...meanwhile]);
        expect((await admissions.place(room.id))?.room.description).toBe(description);
        expect((await admissions.byCode(code.code))?.place.room.description).toBe(description);
      }
    });
  });
}
