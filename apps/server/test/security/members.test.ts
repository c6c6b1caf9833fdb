import { type MemberRole, memberRole, platformAnswers } from '@amphi/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isAtLeast, leastRoleFor } from '../../src/platform/member-rights.ts';
import { issueManagementToken } from '../../src/tokens/management-tokens.ts';
import { makeStudio, type PlatformServer, type Studio, startPlatform } from '../platform/platform-server.ts';
import { bodyOf, makeWorld, type Operation, operationsOf, parametersOf, urlOf, type World } from './operations.ts';

/** Who may do what in the dashboard, how people come and go; all of it held to by the server. */

let platform: PlatformServer;
let baseUrl: string;
let studio: Studio;
let count = 0;

beforeAll(async () => {
  platform = await startPlatform();
  baseUrl = await platform.listen();
});
afterAll(() => platform.close());
beforeEach(async () => {
  // The limits of earlier tests are forgotten.
  platform.clock.advance(120_000);
  studio = await makeStudio(platform);
});

interface Account {
  readonly id: string;
  readonly email: string;
  readonly cookie: string;
}

async function account(role: MemberRole, workspaceId = studio.workspaceId): Promise<Account> {
  count += 1;
  const email = `member${count}@example.org`;
  const { id } = await platform.store.owners.create({ workspaceId, email, role });
  const { token } = await platform.accounts.signInOnce(await platform.accounts.newSignInCode(id));
  return { id, email, cookie: `amphi_session=${token}` };
}

async function ask(method: 'GET' | 'POST' | 'DELETE', path: string, by?: Pick<Account, 'cookie'>, body?: unknown) {
  const answer = await platform.web.inject({
    method,
    url: `/platform${path}`,
    headers: {
      host: 'localhost',
      origin: 'http://localhost',
      ...(by ? { cookie: by.cookie } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
  });
  return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json(), headers: answer.headers };
}

const members = async (by: Account) => platformAnswers.members.parse((await ask('GET', '/members', by)).body);

/** Invites, and takes the link's code out of it. */
async function invited(by: Account, role: MemberRole, email?: string): Promise<string> {
  count += 1;
  const answer = await ask('POST', '/invitations', by, { email: email ?? `guest${count}@example.org`, role });
  expect(answer.status).toBe(201);
  const { url } = platformAnswers.invited.parse(answer.body);
  expect(url).toMatch(/^http:\/\/localhost\/dashboard\/invitation\?code=[\w-]{43}$/);
  return new URL(url).searchParams.get('code')!;
}

const PASSWORD = 'a calm sea of seats';
const accept = (code: string) => ask('POST', '/invitations/accept', undefined, { code, password: PASSWORD });

describe('roles', () => {
  let world: World;
  let operations: readonly Operation[];
  /** As `platform/member-rights.ts` writes them. */
  const written = ({ method, path }: Operation): string =>
    `${method} ${path.replace(/^\/platform/, '').replaceAll(/\{(\w+)\}/g, ':$1')}`;

  beforeAll(async () => {
    world = await makeWorld(platform, baseUrl);
    // What needs no account is for everybody.
    const open = /^\/platform\/(session(\/one-time)?|invitations\/(look|accept))$/;
    operations = (await operationsOf(platform)).filter(
      ({ method, path, isRest }) =>
        isRest || (path.startsWith('/platform/') && !(method === 'POST' && open.test(path))),
    );
  });
  afterAll(() => world.leave());

  it('API5, DSH3: each operation is for a role at least, which is decided for all that there are', () => {
    const undecided = operations.filter((operation) => leastRoleFor(written(operation)) === 'owner');
    expect(undecided.map(written)).toEqual([]);
    expect(leastRoleFor('POST /something-new')).toBe('owner');
  });

  it.each(memberRole.options)('API5, DSH3: %s may ask for what that role may, and for nothing else', async (role) => {
    const asker = await account(role, world.studio.workspaceId);
    const refused: string[] = [];
    const may: string[] = [];
    for (const operation of operations) {
      // They would take the asker, or what the next ones are about, away.
      const isLast = /membership$|\/session$|end-room$/.test(operation.path) && operation.method !== 'GET';
      const name = written(operation);
      const isAllowed = isAtLeast(role, leastRoleFor(name));
      if (isLast && isAllowed) continue;
      const path = urlOf(operation.path, (parameter) =>
        // What is not there: it is asked who may, not what becomes of it.
        parametersOf(operation).length > 0 ? 'f'.repeat(24) : world.valueOf(operation, parameter),
      ).replace(/^\/platform/, '');
      const body = operation.takesBody ? bodyOf(operation, world) : undefined;
      const answer = await ask(operation.method, path, asker, body);
      (answer.status === 403 ? refused : may).push(name);
      if (answer.status === 403) expect(answer.body.message, name).toMatch(`you are "${role}"`);
    }
    expect(refused.filter((name) => isAtLeast(role, leastRoleFor(name)))).toEqual([]);
    expect(may.filter((name) => !isAtLeast(role, leastRoleFor(name)))).toEqual([]);
    if (role === 'viewer') expect(may.filter((name) => !name.startsWith('GET'))).toEqual(['POST /password']);
  });

  it('API5, DSH3: a viewer sees no key, no link into a room, no secret of a back end', async () => {
    const { studio: own } = world;
    const secret = 'header-that-is-secret';
    await platform.store.rooms.update(own.roomId, {
      webhook: { url: 'https://backend.example/hooks', headers: { 'x-key': secret } },
    });
    const [viewer, admin] = [await account('viewer', own.workspaceId), await account('admin', own.workspaceId)];
    const secrets = [secret, own.key.secret, ...Object.values(own.codes)];
    const seen = { viewer: '', admin: '' };
    for (const operation of operations.filter(({ method }) => method === 'GET')) {
      const path = urlOf(operation.path, (parameter) => world.valueOf(operation, parameter)).replace(/^\/platform/, '');
      seen.viewer += JSON.stringify((await ask('GET', path, viewer)).body);
      seen.admin += JSON.stringify((await ask('GET', path, admin)).body);
    }
    expect(secrets.filter((one) => seen.viewer.includes(one))).toEqual([]);
    expect(secrets.filter((one) => !seen.admin.includes(one))).toEqual([]);
    expect(seen.viewer).toContain(own.roomId);
  });
});

describe('invitations', () => {
  it('DSH4: a link gives one account, of the role and address it was made for, and signs in', async () => {
    const owner = await account('owner');
    const code = await invited(owner, 'admin', 'Ada@Example.org');
    expect((await members(owner)).invitations).toMatchObject([{ email: 'ada@example.org', role: 'admin' }]);
    const offered = await ask('POST', '/invitations/look', undefined, { code });
    expect(offered.body.invitation).toMatchObject({ email: 'ada@example.org', role: 'admin' });
    const accepted = await accept(code);
    expect(accepted.body).toEqual({ owner: { email: 'ada@example.org', role: 'admin', hasPassword: true } });
    const cookie = String(accepted.headers['set-cookie']).split(';')[0]!;
    expect((await ask('GET', '/session', { cookie })).body.owner.email).toBe('ada@example.org');
    const after = await members(owner);
    expect(after.invitations).toEqual([]);
    expect(after.members.map(({ email, role, isSelf }) => [email, role, isSelf])).toEqual([
      [owner.email, 'owner', true],
      ['ada@example.org', 'admin', false],
    ]);
    for (const again of [await accept(code), await ask('POST', '/invitations/look', undefined, { code })]) {
      expect([again.status, again.headers['set-cookie']]).toEqual([401, undefined]);
    }
    platform.clock.advance(120_000);
    const signIn = { email: 'ada@example.org', password: PASSWORD };
    expect((await ask('POST', '/session', undefined, signIn)).status).toBe(200);
  });

  it('DSH4: of two that use a link at once one gets the account', async () => {
    const code = await invited(await account('owner'), 'viewer');
    const statuses = (await Promise.all([accept(code), accept(code)])).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, 401]);
  });

  it('DSH4: a link is void after a week, when it is withdrawn, and when another is made for the address', async () => {
    const owner = await account('owner');
    const first = await invited(owner, 'viewer', 'bea@example.org');
    const second = await invited(owner, 'admin', 'bea@example.org');
    expect((await accept(first)).status).toBe(401);
    const [open] = (await members(owner)).invitations;
    expect((await ask('DELETE', `/invitations/${open!.id}`, owner)).status).toBe(204);
    expect((await accept(second)).status).toBe(401);
    expect((await ask('DELETE', `/invitations/${open!.id}`, owner)).status).toBe(404);
    const third = await invited(owner, 'viewer', 'bea@example.org');
    platform.clock.advance(7 * 86_400_000);
    expect((await accept(third)).status).toBe(401);
    expect((await members(await account('owner'))).invitations).toEqual([]);
  });

  it('DSH4: who has an account is not invited; guesses are slowed down; a password is needed', async () => {
    const owner = await account('owner');
    const there = await ask('POST', '/invitations', owner, { email: owner.email.toUpperCase(), role: 'viewer' });
    expect(there.status).toBe(409);
    const code = await invited(owner, 'viewer');
    const short = await ask('POST', '/invitations/accept', undefined, { code, password: 'too short' });
    expect([short.status, short.body.message]).toEqual([400, expect.stringMatching(/password: at least 10/)]);
    const statuses: number[] = [];
    for (let index = 0; index < 6; index += 1) statuses.push((await accept('x'.repeat(43))).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    platform.clock.advance(60_000);
    expect((await accept(code)).status).toBe(200);
  });
});

describe('members', () => {
  it('DSH5: another role holds from the next request on; who is removed is signed out everywhere', async () => {
    const [owner, other] = [await account('owner'), await account('viewer')];
    const makeKey = () => ask('POST', '/keys', other);
    expect((await makeKey()).status).toBe(403);
    const changed = await ask('POST', `/members/${other.id}`, owner, { role: 'admin' });
    expect(changed.body.member).toMatchObject({ email: other.email, role: 'admin', isSelf: false });
    expect((await makeKey()).status).toBe(201);
    await ask('POST', `/members/${other.id}`, owner, { role: 'viewer' });
    expect((await makeKey()).status).toBe(403);
    expect((await ask('DELETE', `/members/${other.id}`, owner)).status).toBe(204);
    expect((await ask('GET', '/session', other)).status).toBe(401);
    expect((await ask('DELETE', `/members/${other.id}`, owner)).status).toBe(404);
  });

  it('DSH6: a token ends when whoever made it is removed, gives up, or may not make one any more', async () => {
    const owner = await account('owner');
    const status = async (token: string) => {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await platform.web.inject({ url: '/v2/rooms', headers });
      return [answer.statusCode, (answer.json() as { details?: string[] }).details?.[0]];
    };
    const made = async (by: Account) => {
      const path = `/keys/${studio.key.accessKey}/management-token`;
      return (await ask('POST', path, by, { validForS: 3_600 })).body.token as string;
    };
    const gone = [401, 'whoever made the token is no member of the workspace any more'];

    const removed = await account('admin');
    const tokens = [await made(removed), (await ask('GET', '/developer', removed)).body.developer.managementToken];
    for (const token of tokens) expect(await status(token)).toEqual([200, undefined]);
    await ask('DELETE', `/members/${removed.id}`, owner);
    for (const token of tokens) expect(await status(token)).toEqual(gone);

    const leaves = await account('admin');
    const ofLeaving = await made(leaves);
    expect(await status(ofLeaving)).toEqual([200, undefined]);
    await ask('DELETE', '/membership', leaves);
    expect(await status(ofLeaving)).toEqual(gone);

    const changed = await account('admin');
    const ofChanged = await made(changed);
    expect(await status(ofChanged)).toEqual([200, undefined]);
    await ask('POST', `/members/${changed.id}`, owner, { role: 'viewer' });
    expect(await status(ofChanged)).toEqual([401, 'whoever made the token may not make one any more']);
    await ask('POST', `/members/${changed.id}`, owner, { role: 'owner' });
    expect(await status(ofChanged)).toEqual([200, undefined]);

    // Of the workspace's own key, which names nobody; and a member of another workspace is none of this one.
    expect(await status(studio.managementToken)).toEqual([200, undefined]);
    const foreign = await account('owner', (await makeStudio(platform)).workspaceId);
    const forged = issueManagementToken(studio.key, platform.clock, { memberId: foreign.id });
    expect(await status(forged)).toEqual(gone);
  });

  it('DSH5: an admin makes and removes admins and viewers, but decides nothing about owners', async () => {
    const [owner, admin, viewer] = [await account('owner'), await account('admin'), await account('viewer')];
    expect((await ask('POST', `/members/${viewer.id}`, admin, { role: 'admin' })).status).toBe(200);
    for (const refused of [
      await ask('POST', `/members/${viewer.id}`, admin, { role: 'owner' }),
      await ask('POST', `/members/${admin.id}`, admin, { role: 'owner' }),
      await ask('POST', `/members/${owner.id}`, admin, { role: 'viewer' }),
      await ask('DELETE', `/members/${owner.id}`, admin),
      await ask('POST', '/invitations', admin, { email: 'boss@example.org', role: 'owner' }),
    ]) {
      expect([refused.status, refused.body.message]).toEqual([403, 'only an owner decides who owns the workspace']);
    }
    await invited(owner, 'owner', 'heir@example.org');
    const [open] = (await members(admin)).invitations;
    expect((await ask('DELETE', `/invitations/${open!.id}`, admin)).status).toBe(403);
    expect((await members(admin)).invitations).toHaveLength(1);
    expect((await ask('DELETE', `/members/${viewer.id}`, admin)).status).toBe(204);
  });

  it('DSH5: the last owner cannot go, nor become something else; of two who go at once one stays', async () => {
    const owner = await account('owner');
    await account('admin');
    for (const refused of [
      await ask('DELETE', '/membership', owner),
      await ask('DELETE', `/members/${owner.id}`, owner),
      await ask('POST', `/members/${owner.id}`, owner, { role: 'admin' }),
    ]) {
      expect([refused.status, refused.body.message]).toEqual([409, expect.stringMatching(/only owner stays/)]);
    }
    const second = await account('owner');
    const both = await Promise.all([ask('DELETE', '/membership', owner), ask('DELETE', '/membership', second)]);
    expect(both.map(({ status }) => status).sort()).toEqual([204, 409]);
  });

  it('DSH5: anybody may give up their own account', async () => {
    await account('owner');
    const viewer = await account('viewer');
    expect((await ask('DELETE', '/membership', viewer)).status).toBe(204);
    expect((await ask('GET', '/session', viewer)).status).toBe(401);
  });
});
