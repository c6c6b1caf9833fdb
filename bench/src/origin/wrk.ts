import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Keeps connections busy with one request at a time, from one thread on one core. @returns how many were answered */
export async function askWithoutEnd(
  url: string,
  options: { readonly connections: number; readonly seconds: number; readonly core: number },
): Promise<number> {
  const { connections, seconds, core } = options;
  const load = ['wrk', '-t', '1', '-c', String(connections), '-d', `${seconds}s`, url];
  const { stdout } = await run('taskset', ['-c', String(core), ...load]);
  const fault = /Non-2xx.*|Socket errors:.*/.exec(stdout)?.[0];
  if (fault !== undefined) throw new Error(`${url}: ${fault}`);
  const answers = Number(/(\d+) requests in/.exec(stdout)?.[1]);
  if (!(answers > 0)) throw new Error(`${url}: wrk said\n${stdout}`);
  return answers;
}
