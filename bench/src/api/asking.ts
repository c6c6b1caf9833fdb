import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';

export interface Question {
  readonly method: 'GET' | 'POST';
  /** `{n}` in path and body is another number each time. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Asked over and over, on connections that are kept. */
export interface Job {
  readonly base: string;
  readonly question: Question;
  readonly connections: number;
  /** Ends after this time or number, whichever comes first. */
  readonly forMs: number;
  readonly atMost: number;
}

/** Who asks, as the process of a benchmark: each message is a job, whose times in ms it tells. */
export function beAsker(): void {
  process.on('disconnect', () => process.exit());
  process.on('message', (job) => void answer(job as Job).then((times) => process.send?.(times)));
  process.send?.('ready');
}

let asked = 0;

async function answer({ base, question, connections, forMs, atMost }: Job): Promise<readonly number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const times: number[] = [];
  const endsAt = performance.now() + forMs;
  const first = asked;
  const askOn = async (): Promise<void> => {
    while (performance.now() < endsAt && asked - first < atMost) {
      const startedAt = performance.now();
      await ask(base, question, asked++, agent);
      times.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: connections }, askOn));
  agent.destroy();
  return times;
}

/** @throws unless the answer is 200 */
export async function ask(base: string, { method, path, headers, body }: Question, number: number, agent?: Agent) {
  const fill = (text: string): string => text.replace('{n}', `${process.pid}-${number}`);
  const sent = request(`${base}${fill(path)}`, { method, agent, headers });
  sent.end(body === undefined ? undefined : fill(body));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const part of response) text += String(part);
  if (response.statusCode !== 200) throw new Error(`${method} ${path}: ${response.statusCode} ${text}`);
  return text;
}
