import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { freePorts, waitFor } from '@amphi/testkit';
import type { Subject } from './subject.ts';

const CHANNEL = 'chat';

/** Redis pub/sub, one process that knows nothing of rooms or rights: the same bytes to as many subscribers (RESP2). */
export async function startRedis(deliveryBytes: number): Promise<Subject> {
  const [port] = (await freePorts(1)) as [number];
  const args = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--maxclients',
    '20000',
  ];
  const child = spawn('redis-server', [...args, '--client-output-buffer-limit', 'pubsub 0 0 0'], { stdio: 'ignore' });
  const open = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1').setNoDelay();
    await once(socket, 'connect');
    return socket;
  };
  await waitFor('redis listens', () =>
    open().then(
      (socket) => socket.destroy(),
      () => undefined,
    ),
  );
  const payload = 'x'.repeat(deliveryBytes - overhead(deliveryBytes));
  return {
    name: 'redis',
    pid: child.pid!,
    listen: async () => {
      const socket = await open();
      socket.write(`SUBSCRIBE ${CHANNEL}\r\n`);
      await once(socket, 'data');
      return socket;
    },
    speak: open,
    message: () => Buffer.from(command('PUBLISH', CHANNEL, payload)),
    // Each is answered by how many have got it.
    countAnswers: (answers) => answers.split(':').length - 1,
    close: async () => {
      child.kill();
      await once(child, 'exit');
    },
  };
}

const command = (...parts: readonly string[]): string =>
  `*${parts.length}\r\n${parts.map((part) => `$${part.length}\r\n${part}\r\n`).join('')}`;

/** What Redis writes around a payload, so that a delivery is as long as ours. */
function overhead(deliveryBytes: number): number {
  const rest = `*3\r\n$7\r\nmessage\r\n$${CHANNEL.length}\r\n${CHANNEL}\r\n`.length;
  return rest + `$${deliveryBytes}\r\n\r\n`.length;
}
