import { silentLogger } from '@amphi/base';
import { VirtualClock } from '@amphi/testkit';
import { describe, expect, it } from 'vitest';
import { SignalingConnection, SignalingError, type Socket, type SocketListener, socketUrl } from '../src/index.ts';

interface Line {
  readonly listener: SocketListener;
  readonly sent: { readonly id?: string; readonly method: string }[];
  isClosed: boolean;
}

/** A network of one server: each socket that is opened is a line. */
function setup(findAddress: () => Promise<string> = async () => 'ws://there/ws') {
  const clock = new VirtualClock();
  const lines: Line[] = [];
  const openSocket = (_url: string, listener: SocketListener): Socket => {
    const line: Line = { listener, sent: [], isClosed: false };
    lines.push(line);
    return {
      send: (text) => line.sent.push(JSON.parse(text)),
      close: () => {
        line.isClosed = true;
      },
    };
  };
  const connection = new SignalingConnection({ findAddress, openSocket, clock, logger: silentLogger });
  const heard: string[] = [];
  for (const name of ['lost', 'reopened'] as const) connection.events.on(name, () => heard.push(name));
  connection.events.on('failed', ({ error }) => heard.push(`failed ${error.code}`));
  connection.events.on('notification', ({ method }) => heard.push(method));
  return { clock, lines, connection, heard };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('signaling connection', () => {
  it('says who comes, in the words of the protocol', () => {
    const url = new URL(socketUrl('wss://there/v2/ws?x=1', { token: 't', peerId: 'p', userAgent: 'os:web' }));
    expect(Object.fromEntries(url.searchParams)).toEqual({
      x: '1',
      peer: 'p',
      token: 't',
      user_agent_v2: 'os:web',
      protocol_version: '2.5',
      protocol_spec: '20250115',
    });
  });

  it('carries requests and notifications, and fails what waits when the socket goes', async () => {
    const { lines, connection, heard } = setup();
    const opened = connection.open();
    await settled();
    lines[0]!.listener.opened();
    await opened;
    const answered = connection.request('end-room', { lock: false, reason: '' });
    const { id } = lines[0]!.sent.find(({ method }) => method === 'end-room')!;
    lines[0]!.listener.message(JSON.stringify({ id, result: { yes: true } }));
    lines[0]!.listener.message(JSON.stringify({ method: 'room-info', params: {} }));
    lines[0]!.listener.message('not json');
    expect(await answered).toEqual({ yes: true });
    const unanswered = connection.request('end-room', { lock: false, reason: '' });
    lines[0]!.listener.closed();
    await expect(unanswered).rejects.toMatchObject({ code: 'connection_lost' });
    await settled();
    expect(heard).toEqual(['room-info', 'lost']);
    await expect(connection.request('end-room', { lock: false, reason: '' })).rejects.toThrow('is down');
    connection.close();
  });

  it('can be asked as soon as it tells something, even in the same breath as the open socket', async () => {
    const { lines, connection } = setup();
    const opened = connection.open();
    connection.events.on(
      'notification',
      () => void connection.request('end-room', { lock: false, reason: '' }).catch(() => {}),
    );
    await settled();
    lines[0]!.listener.opened();
    lines[0]!.listener.message(JSON.stringify({ method: 'room-info', params: {} }));
    expect(lines[0]!.sent.map(({ method }) => method)).toContain('end-room');
    await opened;
    connection.close();
  });

  it('comes back after a loss, and again, until nobody confirms for a minute', async () => {
    const { clock, lines, connection, heard } = setup();
    const opened = connection.open();
    await settled();
    lines[0]!.listener.opened();
    await opened;
    // Each socket opens and is lost at once: no recovery is confirmed, so all of it counts as one loss.
    while (!heard.some((what) => what.startsWith('failed'))) {
      lines.at(-1)!.listener.closed();
      await settled();
      const before = lines.length;
      for (let waited = 0; lines.length === before && waited < 70_000 && !heard.at(-1)?.startsWith('failed'); ) {
        clock.advance(500);
        waited += 500;
        await settled();
      }
      if (lines.length > before) {
        lines.at(-1)!.listener.opened();
        await settled();
      }
    }
    expect(heard.filter((what) => what === 'reopened').length).toBeGreaterThan(10);
    expect(heard.at(-1)).toBe('failed reconnect_failed');
    connection.close();
  });

  it('does not repeat what was refused for good', async () => {
    let asked = 0;
    const { connection } = setup(async () => {
      asked++;
      throw new SignalingError('refused', 'token: expired', { serverCode: 401 });
    });
    await expect(connection.open()).rejects.toMatchObject({ code: 'refused', serverCode: 401 });
    expect(asked).toBe(1);
    connection.close();
  });

  it('closed while connecting: the socket that opens late is closed, and nobody hears of it', async () => {
    const { lines, connection, heard } = setup();
    const opened = connection.open();
    await settled();
    connection.close();
    lines[0]!.listener.opened();
    await expect(opened).rejects.toBeInstanceOf(SignalingError);
    expect(lines[0]!.isClosed).toBe(true);
    expect(heard).toEqual([]);
  });
});
