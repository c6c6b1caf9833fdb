import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { type AmphiServer, startAmphi, waitFor } from '@amphi/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { claimsOf, codeOf, developerOf, sign, tokenFor, WireClient } from './wire.ts';

/** Whatever a client sends is answered by a coded error and disturbs nobody else. A bystander is in the room all along. */

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

let amphi: AmphiServer;
let developer: Awaited<ReturnType<typeof developerOf>>;
let bystander: WireClient;

beforeAll(async () => {
  amphi = await startAmphi();
  developer = await developerOf(amphi);
  bystander = await joined('hls-viewer');
});

afterAll(async () => {
  bystander?.close();
  expect(await amphi?.stop()).toBe(0);
});

beforeEach(() => {
  expect(bystander.closed).toBe(false);
});

async function joined(role: string): Promise<WireClient> {
  const client = await WireClient.open(amphi, await tokenFor(amphi, role));
  await client.notification('on-policy-change');
  const answer = await client.request('join', { name: role, data: '' });
  expect(answer.error).toBeUndefined();
  return client;
}

async function bystanderIsWell(): Promise<void> {
  const answer = await bystander.request('ping', { timestamp: 1 });
  expect(answer.result).toBeTruthy();
}

const init = (token: string) =>
  fetch(`${amphi.links.url}/init?peer_id=${randomUUID()}&user_agent_v2=sdk:web`, {
    headers: { authorization: `Bearer ${token}` },
  });

async function refused(answer: Response, status: number): Promise<string> {
  const body = (await answer.json()) as { code: number; message: string };
  expect({ status: answer.status, code: body.code }).toEqual({ status, code: status });
  expect(body.message.length).toBeGreaterThan(5);
  return body.message;
}

describe('tokens and codes', () => {
  const now = Math.floor(Date.now() / 1000);

  it('no token, garbage, a wrong signature, an expired one', async () => {
    await refused(await fetch(`${amphi.links.url}/init?peer_id=${randomUUID()}`), 401);
    await refused(await init('not-a-token'), 401);
    const good = claimsOf(await tokenFor(amphi, 'broadcaster'));
    await refused(await init(sign(good, 'another secret')), 401);
    await refused(
      await init(sign({ ...good, iat: now - 7200, nbf: now - 7200, exp: now - 3600 }, developer.secret)),
      401,
    );
    await refused(await init(developer.managementToken), 401);
    expect((await init(sign({ ...good, iat: now, nbf: now, exp: now + 60 }, developer.secret))).status).toBe(200);
  });

  it('a room that is not ours, a role that is not in the template', async () => {
    const good = claimsOf(await tokenFor(amphi, 'broadcaster'));
    const foreign = await init(sign({ ...good, room_id: 'f'.repeat(24), exp: now + 60 }, developer.secret));
    expect([400, 401, 403]).toContain(foreign.status);
    const message = await refused(
      await init(sign({ ...good, role: 'emperor', exp: now + 60 }, developer.secret)),
      403,
    ).catch(async () => refused(await init(sign({ ...good, role: 'emperor', exp: now + 60 }, developer.secret)), 401));
    expect(message).toMatch(/role/i);
    const internal = await init(sign({ ...good, role: '__internal_recorder', exp: now + 60 }, 'another secret'));
    expect(internal.status).toBe(401);
  });

  it('an unknown room code, and one that is none', async () => {
    const ask = (body: string) => fetch(`${amphi.links.url}/v2/token`, { method: 'POST', body });
    await refused(await ask(JSON.stringify({ code: 'zzz-zzzz-zzz' })), 404);
    await refused(await ask(JSON.stringify({ code: 7 })), 400);
    await refused(await ask('{'), 400);
    expect((await ask(JSON.stringify({ code: codeOf(amphi.links.rooms['hls-viewer']!) }))).status).toBe(200);
  });

  it('a refused token on the socket gets on-error, not a refused upgrade', async () => {
    const client = await WireClient.open(amphi, 'a.b.c');
    const error = await client.notification('on-error');
    expect(error.params?.code).toBe(401);
    await client.waitForClose();
  });

  it('a management token does not open a room, a client token not the REST API', async () => {
    const rest = await fetch(`${amphi.links.url}/v2/rooms`, {
      headers: { authorization: `Bearer ${await tokenFor(amphi, 'broadcaster')}` },
    });
    await refused(rest, 401);
  });
});

describe('frames', () => {
  it('malformed JSON, unknown methods, wrong types are answered or ignored, and the socket lives', async () => {
    const client = await joined('hls-viewer');
    client.send('{"method":');
    client.send('[]');
    client.send('null');
    client.send(Buffer.from([0, 1, 2, 255]));
    expect((await client.request('no-such-method', {})).error?.code).toBe(400);
    expect((await client.request('constructor', {})).error?.code).toBe(400);
    const wrong = await client.request('broadcast', { info: { message: 7 } });
    expect(wrong.error?.code).toBe(400);
    expect(wrong.error?.message).toMatch(/info\.message/);
    expect((await client.request('ping', {})).result).toBeTruthy();
    client.close();
    await bystanderIsWell();
  });

  it('an oversized frame ends only its own socket', async () => {
    const client = await joined('hls-viewer');
    client.send(JSON.stringify({ method: 'broadcast', id: 'x', params: { info: { message: 'a'.repeat(3_000_000) } } }));
    await client
      .waitFor('a refusal', (answer) => (answer.error ?? answer.params)?.code === 413)
      .catch(() => client.waitForClose());
    await bystanderIsWell();
  });

  it('garbage SDP is refused and the person may go on', async () => {
    const client = await WireClient.open(amphi, await tokenFor(amphi, 'broadcaster'));
    await client.notification('on-policy-change');
    const bad = await client.request('join', { name: 'x', data: '', offer: { type: 'offer', sdp: 'v=0\r\nnonsense' } });
    expect(bad.error?.code).toBe(400);
    const worse = await client.request('join', {
      name: 'x',
      data: '',
      offer: { type: 'offer', sdp: '\u0000'.repeat(5000) },
    });
    expect(worse.error?.code).toBe(400);
    expect((await client.request('ping', {})).result).toBeTruthy();
    client.close();
    await bystanderIsWell();
  });
});

describe('permissions', () => {
  it('an audience cannot start a stream, change roles, end the room or take plain media', async () => {
    const client = await joined('hls-viewer');
    for (const [method, params] of [
      ['hls-start', {}],
      ['hls-stop', {}],
      ['end-room', { lock: false, reason: '' }],
      ['role-change-request', { requested_for: bystander.peerId, role: 'broadcaster', force: true }],
      ['plain-subscribe', { track_id: 'x', ip: '127.0.0.1', port: 9 }],
    ] as const) {
      expect({ method, code: (await client.request(method, params)).error?.code }).toEqual({ method, code: 403 });
    }
    expect((await client.request('role-change', { role: 'broadcaster', token: 'made-up' })).error?.code).toBe(403);
    client.close();
    await bystanderIsWell();
  });

  it('nothing is permitted before join', async () => {
    const client = await WireClient.open(amphi, await tokenFor(amphi, 'broadcaster'));
    await client.notification('on-policy-change');
    expect((await client.request('broadcast', { info: { message: 'too early' } })).error).toBeDefined();
    expect((await client.request('hls-start', {})).error).toBeDefined();
    client.close();
    expect(bystander.received.some((answer) => JSON.stringify(answer).includes('too early'))).toBe(false);
  });
});

describe('streams', () => {
  it('starting twice is refused; an unknown playlist and a far future msn are answered at once', async () => {
    const broadcaster = await joined('broadcaster');
    expect((await broadcaster.request('hls-start', {})).error).toBeUndefined();
    expect((await broadcaster.request('hls-start', {})).error?.code).toBe(400);
    const started = await bystander.waitFor(
      'the stream is playable',
      (answer) => {
        const variants = (answer.params?.variants ?? []) as { state: string; url: string }[];
        return answer.method === 'on-hls-update' && variants[0]?.state === 'started';
      },
      30_000,
    );
    const master = ((started.params?.variants ?? []) as { url: string }[])[0]!.url;
    const text = await (await fetch(master)).text();
    const media = new URL(text.split('\n').find((line) => line !== '' && !line.startsWith('#'))!, master);
    expect((await fetch(new URL('nothing/playlist.m3u8', master))).status).toBe(404);
    expect((await fetch(new URL('../no-such-stream/master.m3u8', master))).status).toBe(404);
    for (const directives of ['_HLS_msn=1000000', '_HLS_msn=x', '_HLS_part=0', '_HLS_msn=-1']) {
      const url = new URL(media);
      url.search = directives;
      const askedAt = Date.now();
      expect({ directives, status: (await fetch(url)).status }).toEqual({ directives, status: 400 });
      expect(Date.now() - askedAt).toBeLessThan(2_000);
    }
    expect((await broadcaster.request('hls-stop', {})).error).toBeUndefined();
    await bystander.waitFor(
      'the stream has stopped',
      (answer) => answer.method === 'on-hls-update' && answer.params?.enabled === false,
      30_000,
    );
    broadcaster.close();
  });
});

describe('bad company', () => {
  it('a client that floods is told so and put out; others go on', async () => {
    const client = await joined('hls-viewer');
    for (let i = 0; i < 5_000 && !client.closed; i++) {
      client.send(JSON.stringify({ method: 'broadcast', id: `f${i}`, params: { info: { message: 'flood' } } }));
    }
    const refusal = await client.waitFor('a refusal', (answer) => (answer.error ?? answer.params)?.code === 429);
    expect(refusal).toBeDefined();
    await bystanderIsWell();
    client.vanish();
  });

  it('a client that stalls or disappears does not hold the others up', async () => {
    const stalled = await joined('hls-viewer');
    stalled.stall();
    const gone = await joined('hls-viewer');
    gone.vanish();
    const speaker = await joined('broadcaster');
    // As much at once as the budget of one token bears (`toldBytesPerToken`).
    for (let i = 0; i < 12; i++)
      await speaker.request('broadcast', { info: { message: `m${i} ${'x'.repeat(8_000)}` } });
    await waitFor(
      'the bystander has all of it',
      () =>
        bystander.received.filter(
          (answer) => answer.method === 'on-broadcast' && JSON.stringify(answer).includes('xxxx'),
        ).length === 12,
    );
    stalled.vanish();
    speaker.close();
  });
});

describe('inputs by the thousand', () => {
  it('npm run fuzz -- NAME --seconds N ends in time with what it tried, and names its targets', () => {
    const fuzz = (...args: string[]) =>
      spawnSync('npm', ['run', '--silent', 'fuzz', '--', ...args], { cwd: REPOSITORY, encoding: 'utf8' });
    const tried = fuzz('rtp', '--seconds', '1');
    expect(tried.status, tried.stderr).toBe(0);
    const [, inputs = '0'] = /· rtp: ([\d,]+) inputs, slowest [\d.]+ ms, seed \d+\n$/.exec(tried.stderr) ?? [];
    expect(Number(inputs.replaceAll(',', ''))).toBeGreaterThan(100);
    const unknown = fuzz('no-such');
    expect(unknown.status).toBe(2);
    expect(unknown.stderr).toMatch(/There is no target "no-such"\.\n(.*\n)* +npm run fuzz -- frame \[--seconds N\]/);
  });
});
