import { chmod, open, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { CodedError, type Logger, messageOf } from '@amphi/base';
import * as z from 'zod';
import type { BackupSummary } from '../backup/format.ts';

/**
 * A socket in the data directory by which commands of the same account reach the running server. Who may open the
 * directory may do anything with the server anyway, so nothing more is asked for.
 */

const NAME = 'control.sock';
const MAX_BODY_BYTES = 16 * 1024;

const backupRequest = z.object({ file: z.string().min(1).max(4096).startsWith('/', 'an absolute path') });

export interface ControlCommands {
  backup(file: string): Promise<BackupSummary>;
  /** Rejects when the server cannot do its work, with the reason. */
  health(): Promise<void>;
}

/** Listens. @returns closes the socket and takes it away */
export async function openControlSocket(options: {
  readonly dataDir: string;
  readonly commands: ControlCommands;
  readonly logger: Logger;
}): Promise<() => Promise<void>> {
  const { dataDir, commands, logger } = options;
  const path = join(dataDir, NAME);
  // The lock of the directory is ours: whoever made this one is gone.
  await rm(path, { force: true });
  const server = createServer((request, response) => {
    answer(request, commands)
      .catch((error: unknown) => {
        if (!(error instanceof CodedError)) logger.error({ error: messageOf(error) }, 'a command failed');
        return { status: 400, body: { message: messageOf(error) } };
      })
      .then(({ status, body }) => send(response, status, body))
      .catch((error: unknown) => logger.debug({ error: messageOf(error) }, 'a command went away'));
  });
  const folder = await open(dataDir, 'r');
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(shortPath(folder.fd), () => resolve());
    });
  } finally {
    await folder.close();
  }
  await chmod(path, 0o600);
  return async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(path, { force: true });
  };
}

/**
 * The socket's address by way of an open directory: one of a Unix socket has at most 107 characters (unix(7)), paths of
 * data directories are longer at times.
 */
export function shortPath(folderFd: number): string {
  return `/proc/self/fd/${folderFd}/${NAME}`;
}

async function answer(
  request: IncomingMessage,
  commands: ControlCommands,
): Promise<{ readonly status: number; readonly body: object }> {
  const body: unknown = JSON.parse(await bodyOf(request));
  switch (`${request.method} ${request.url}`) {
    case 'POST /backup':
      return { status: 200, body: await commands.backup(backupRequest.parse(body).file) };
    case 'POST /health':
      await commands.health();
      return { status: 200, body: {} };
    default:
      return { status: 404, body: { message: `no command ${request.method} ${request.url}` } };
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new CodedError('too_large', `the command has more than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify(body));
}
