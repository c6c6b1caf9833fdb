import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WireClient } from '../sessions/wire-client.ts';
import { makeStudio, type PlatformServer, type Studio, startPlatform } from './platform-server.ts';

/** What is said, from the socket to the database and back in the room's next session. */

let platform: PlatformServer;
let baseUrl: string;
let studio: Studio;

beforeAll(async () => {
  platform = await startPlatform();
  baseUrl = await platform.listen();
  studio = await makeStudio(platform);
});
afterAll(() => platform.close());

const rest = (path: string, payload: object) =>
  platform.web.inject({
    method: 'POST',
    url: `/v2/templates/${studio.template.id}/${path}`,
    headers: { authorization: `Bearer ${studio.managementToken}` },
    payload,
  });

async function enter(role: string): Promise<WireClient> {
  const answer = await platform.web.inject({
    method: 'POST',
    url: '/v2/token',
    payload: { code: studio.codes[role], user_id: role },
  });
  const { token } = answer.json() as { token: string };
  const peerId = randomUUID();
  const client = await new WireClient(`${baseUrl.replace('http', 'ws')}/ws`, { token, peerId }).opened();
  await client.next('on-policy-change');
  const { error } = await client.request('join', { name: role, data: '' });
  if (error) throw new Error(`${error.code} ${error.message}`);
  return client;
}

async function leave(client: WireClient): Promise<void> {
  client.notify('leave', {});
  await client.closed;
}

it('CHAT9: is written, and read by the next session; a role keeps what was said to it under its new name', async () => {
  expect((await rest('settings', { chatHistory: { enabled: true } })).json()).toMatchObject({
    chatHistory: { enabled: true, days: 30 },
  });
  const vera = await enter('hls-viewer');
  const { session_id: sessionId } = await vera.next('session-info');
  const say = async (message: string, to: object = {}): Promise<void> => {
    const { error } = await vera.request('broadcast', { info: { message, type: 'chat' }, ...to });
    expect(error).toBeUndefined();
  };
  await say('hello \u007f 🎬');
  await say('to viewers', { roles: ['hls-viewer'] });
  await say('to hosts', { roles: ['broadcaster'] });
  await leave(vera);
  // Nobody has been there for a while.
  platform.clock.advance(10_000);
  expect((await rest('roles/hls-viewer', { name: 'crowd' })).statusCode).toBe(200);

  const again = await enter('hls-viewer');
  expect((await again.next('session-info')).session_id).not.toBe(sessionId);
  const { result } = await again.request('chat-history');
  expect(result).toMatchObject({
    eof: true,
    messages: [{ info: { message: 'hello \u007f 🎬' } }, { info: { message: 'to viewers' }, roles: ['crowd'] }],
  });
  await leave(again);
});
