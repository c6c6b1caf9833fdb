import { templateBody } from '@amphi/protocol';
import { VirtualClock } from '@amphi/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { InMemoryChat, KIT_ROLES, makeRoom } from './in-memory-ports.ts';
import { startTestHost, type TestHost } from './test-host.ts';
import type { WireClient } from './wire-client.ts';

const template = (days: number) =>
  templateBody.parse({ name: 'kit', roles: KIT_ROLES, settings: { chatHistory: { enabled: true, days } } });

let host: TestHost;
afterEach(() => host.close());

async function open(options: Parameters<typeof startTestHost>[0] & { readonly days?: number } = {}): Promise<void> {
  const { days = 30, ...rest } = options;
  host = await startTestHost(rest);
  host.rooms.rooms.set('room-1', makeRoom({ template: template(days) }));
}

const say = (client: WireClient, message: string, to: object = {}) =>
  client.request('broadcast', { info: { message, type: 'chat' }, ...to });

async function texts(client: WireClient): Promise<string[]> {
  const { result, error } = await client.request('chat-history', {});
  if (!result) throw new Error(`${error?.code} ${error?.message}`);
  return (result.messages as { info: { message: string } }[]).map(({ info }) => info.message);
}

describe('chat history', () => {
  it('CHAT2: late joiners are told that there is one, and read it; what is said is delivered as ever', async () => {
    await open();
    const ann = await host.join('broadcaster');
    const { result } = await say(ann, 'hello');
    const bo = await host.join('hls-viewer');
    expect(await bo.next('room-info')).toMatchObject({ chat_history: true });
    const answer = await bo.request('chat-history', { limit: 10 });
    expect(answer.result).toMatchObject({
      eof: true,
      messages: [
        { message_id: result?.message_id, peer: { peer_id: ann.peerId }, info: { message: 'hello' }, own: false },
      ],
    });
    await say(ann, 'again');
    await bo.next('on-broadcast', ({ info }) => info.message === 'again');
  });

  it('CHAT4: a person is who a back end says, or who bears the token; never who a room code’s bearer claims to be', async () => {
    await open();
    const ann = await host.join('broadcaster', { userId: 'ann' });
    const bo = await host.join('hls-viewer', { userId: 'bo' });
    await say(ann, 'for bo', { peer_id: bo.peerId });
    await bo.next('on-broadcast');
    bo.notify('leave', {});
    await bo.closed;
    const again = await host.join('hls-viewer', { userId: 'bo' });
    expect(await texts(again)).toEqual(['for bo']);
    const token = await host.tokens.issue({ roomId: 'room-1', role: 'hls-viewer', userId: 'bo', codeId: 'code-1' });
    const eve = await host.join('hls-viewer', { token });
    expect(await texts(eve)).toEqual([]);
    await say(ann, 'for eve', { peer_id: eve.peerId });
    eve.notify('leave', {});
    await eve.closed;
    expect(await texts(await host.join('hls-viewer', { token }))).toEqual(['for eve']);
    expect(await texts(again)).toEqual(['for bo']);
  });

  it('CHAT9: the next session of the room goes on with it, if the template says so', async () => {
    const chat = new InMemoryChat();
    await open({ chat });
    await say(await host.join('broadcaster'), 'yesterday');
    await host.close();
    await open({ chat });
    expect(await texts(await host.join('broadcaster'))).toEqual(['yesterday']);
    await host.close();
    await open({ chat, days: 0 });
    const ann = await host.join('broadcaster');
    expect(await texts(ann)).toEqual([]);
    await say(ann, 'today');
    expect(await texts(await host.join('hls-viewer'))).toEqual(['today']);
  });

  it('CHAT13: without its database nothing is recalled, which is answered 503, and people talk on', async () => {
    const chat = new InMemoryChat();
    const clock = new VirtualClock();
    chat.trouble = 'fails';
    await open({ chat, clock });
    const ann = await host.join('broadcaster');
    const bo = await host.join('hls-viewer');
    await say(ann, 'hello');
    await bo.next('on-broadcast');
    expect((await bo.request('chat-history')).error).toMatchObject({ code: 503 });
    chat.trouble = 'hangs';
    const late = bo.request('chat-history');
    await bo.settled();
    clock.advance(5_000);
    expect((await late).error).toMatchObject({ code: 503 });
    expect((await say(ann, 'still here')).result).toBeDefined();
  });

  it('CHAT13: is there once the database answers again', async () => {
    const chat = new InMemoryChat();
    chat.trouble = 'fails';
    await open({ chat });
    const ann = await host.join('broadcaster');
    expect((await ann.request('chat-history')).error).toMatchObject({ code: 503 });
    await say(ann, 'hello');
    chat.trouble = undefined;
    expect(await texts(ann)).toEqual(['hello']);
  });
});
