import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { enter, requestFrame } from '../signaling/raw-client.ts';
import type { Subject } from './subject.ts';

/** A server of `chat.ts` itself, that speaks signaling. */
export async function forkSubject(
  name: string,
  script: string,
  args: readonly string[],
  text: string,
): Promise<Subject> {
  const server = fork(script, args, { execArgv: process.execArgv, serialization: 'json' });
  const [{ port }] = (await once(server, 'message')) as [{ port: number }];
  return {
    name,
    pid: server.pid!,
    listen: () => enter(port, 'viewer'),
    speak: () => enter(port, 'viewer'),
    message: () => requestFrame(randomUUID(), 'broadcast', { info: { type: 'chat', message: text } }),
    // Answers to the sender are short and say "message_id" once each.
    countAnswers: (answers) => answers.split('"message_id"').length - 1,
    close: async () => {
      server.disconnect();
      await once(server, 'exit');
    },
  };
}
