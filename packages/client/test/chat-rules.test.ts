import { describe, expect, it } from 'vitest';
import { BLOCKED_USERS, CHAT_STATE, HIDDEN_MESSAGES, PINNED_MESSAGES, readValue } from '../src/index.ts';
import type { FakeHost } from './fake-host.ts';
import { joined, settled } from './joined.ts';

/** A session store as the server has it. */
function serveValues(host: FakeHost): Map<string, { data: unknown; version: number }> {
  const values = new Map<string, { data: unknown; version: number }>();
  const told = (key: string) => {
    const { data = null, version = 0 } = values.get(key) ?? {};
    return { key, data, updated_at: 0, change_version: version };
  };
  host.answers['get-metadata'] = ({ key }) => ({ result: told(String(key)) });
  host.answers['set-metadata'] = ({ key, data, if_change_version: expected }) => {
    const { version = 0 } = values.get(String(key)) ?? {};
    if (expected !== undefined && expected !== version) return { error: { code: 409, message: 'has changed' } };
    values.set(String(key), { data, version: version + 1 });
    return { result: told(String(key)) };
  };
  return values;
}

function tell(host: FakeHost, values: ReturnType<typeof serveValues>, key: string): void {
  const { data, version } = values.get(key) ?? {};
  host.socket.notify('on-metadata-change', { values: [{ key, data, updated_at: 0, change_version: version }] });
}

const message = (id: string, text = `text ${id}`) => ({
  id,
  text,
  sender: { peerId: 'p-2', userId: 'u-2', name: 'Bo', roleName: 'viewer', isSelf: false },
});

describe('chat rules', () => {
  it('pauses the chat in the words that other rooms use', async () => {
    const { host, session } = await joined();
    const values = serveValues(host);
    await session.chatRules.setChat(false);
    expect(values.get('chatState')?.data).toEqual({
      enabled: false,
      updatedBy: { peerId: session.state.self.peerId, userName: 'Ada' },
      updatedAt: expect.any(Number),
    });
    session.watchValues(CHAT_STATE);
    await settled();
    tell(host, values, 'chatState');
    expect(readValue(session.state, CHAT_STATE)?.enabled).toBe(false);
  });

  it('keeps three pins, one of a message, and cuts what is too long between code points', async () => {
    const { host, session } = await joined();
    const values = serveValues(host);
    const pinned = () => PINNED_MESSAGES.read(values.get('pinnedMessages')?.data);
    for (const id of ['1', '2', '3', '2', '4']) await session.chatRules.pin(message(id));
    expect(pinned()).toEqual([
      { id: '3', text: 'Bo: text 3', pinnedBy: 'Ada' },
      { id: '2', text: 'Bo: text 2', pinnedBy: 'Ada' },
      { id: '4', text: 'Bo: text 4', pinnedBy: 'Ada' },
    ]);
    await session.chatRules.unpin('2');
    await session.chatRules.pin(message('5', '🎉"'.repeat(2000)));
    const size = new TextEncoder().encode(JSON.stringify(values.get('pinnedMessages')?.data)).length;
    expect(size).toBeLessThanOrEqual(1024);
    expect(size).toBeGreaterThan(800);
    expect(
      pinned()
        ?.map(({ text }) => text)
        .slice(0, 2),
    ).toEqual(['Bo: text 3', 'Bo: text 4']);
    expect(pinned()?.[2]?.text).toMatch(/^Bo: (🎉")+🎉?…$/u);
  });

  it('hides a message and takes its pin down; blocks by user id and lets again', async () => {
    const { host, session } = await joined();
    const values = serveValues(host);
    await session.chatRules.pin(message('1'));
    session.watchValues(PINNED_MESSAGES);
    await settled();
    tell(host, values, 'pinnedMessages');
    await session.chatRules.hide('1');
    await session.chatRules.hide('2');
    await session.chatRules.hide('1');
    expect(HIDDEN_MESSAGES.read(values.get('chatMessageBlacklist')?.data)).toEqual(['2', '1']);
    expect(values.get('pinnedMessages')?.data).toEqual([]);
    await session.chatRules.setBlocked('u-2', true);
    await session.chatRules.setBlocked('u-3', true);
    await session.chatRules.setBlocked('u-2', false);
    expect(BLOCKED_USERS.read(values.get('chatPeerBlacklist')?.data)).toEqual(['u-3']);
  });

  it('loses nothing when others change the same list at the same time', async () => {
    const { host, session } = await joined();
    const values = serveValues(host);
    const { 'get-metadata': get } = host.answers;
    let others = 3;
    host.answers['get-metadata'] = (params) => {
      const answer = typeof get === 'function' ? get(params) : { result: {} };
      if (others > 0) {
        others -= 1;
        const { data = [], version = 0 } = values.get('chatPeerBlacklist') ?? {};
        values.set('chatPeerBlacklist', { data: [...(data as string[]), `other-${others}`], version: version + 1 });
      }
      return answer;
    };
    await session.chatRules.setBlocked('u-2', true);
    expect(values.get('chatPeerBlacklist')?.data).toEqual(['other-2', 'other-1', 'other-0', 'u-2']);
  });

  it('is for moderators, but for pins', async () => {
    const { host, session } = await joined('viewer');
    serveValues(host);
    for (const denied of [
      session.chatRules.setChat(false),
      session.chatRules.hide('1'),
      session.chatRules.setBlocked('u-2', true),
    ]) {
      await expect(denied).rejects.toMatchObject({ code: 'not_allowed' });
    }
    await session.chatRules.pin(message('1'));
    expect(host.socket.requests('set-metadata')).toHaveLength(1);
  });
});
