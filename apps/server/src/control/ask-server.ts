import { open } from 'node:fs/promises';
import { request } from 'node:http';
import { CodedError } from '@amphi/base';
import * as z from 'zod';
import type { BackupErrorCode, BackupSummary } from '../backup/format.ts';
import { shortPath } from './control-socket.ts';

/** The socket is not there, or nobody listens behind it. */
const NOBODY: ReadonlySet<string> = new Set(['ENOENT', 'ECONNREFUSED']);

const summary = z.object({ rows: z.int(), files: z.int() });

/**
 * Asks the server that runs on the data directory for a backup.
 * @returns undefined when none runs
 * @throws CodedError `failed` with the server's words
 */
export async function askForBackup(dataDir: string, file: string): Promise<BackupSummary | undefined> {
  const answer = await ask(dataDir, '/backup', { file });
  return answer === undefined ? undefined : summary.parse(answer);
}

/**
 * Whether a server runs on the data directory and does its work.
 * @throws CodedError `failed` with the reason when it does not
 */
export async function askForHealth(dataDir: string): Promise<boolean> {
  return (await ask(dataDir, '/health', {})) !== undefined;
}

async function ask(dataDir: string, path: string, command: object): Promise<unknown> {
  const folder = await open(dataDir, 'r').catch(() => undefined);
  if (!folder) return undefined;
  try {
    const { status, text } = await post(shortPath(folder.fd), path, JSON.stringify(command));
    const body: unknown = JSON.parse(text);
    if (status === 200) return body;
    throw new CodedError<BackupErrorCode>('failed', String((body as { readonly message?: unknown }).message));
  } catch (error) {
    if (NOBODY.has(String((error as NodeJS.ErrnoException).code))) return undefined;
    throw error;
  } finally {
    await folder.close();
  }
}

function post(
  socketPath: string,
  path: string,
  body: string,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { socketPath, path, method: 'POST', headers: { 'content-type': 'application/json' } },
      (got) => {
        let text = '';
        got.setEncoding('utf8');
        got.on('data', (chunk: string) => {
          text += chunk;
        });
        got.on('end', () => resolve({ status: got.statusCode ?? 0, text }));
        got.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
