import { cpSync, mkdirSync } from 'node:fs';
import { platform } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lastLines, runCommand } from '../run-command.mjs';
import { SetupError } from '../setup-error.mjs';

/** Has the header of the batch, and how mediasoup's sockets come to use it. */
const BATCH_DIR = fileURLToPath(new URL('send-batch', import.meta.url));
const HEADER = 'include/handles/UdpSocketHandle.hpp';
const SOURCE = 'src/handles/UdpSocketHandle.cpp';

/**
 * @typedef {object} BatchedSockets
 * @property {readonly string[]} includeDirs to stand before the worker's own
 * @property {ReadonlyMap<string, string>} replaced sources of the worker and what is compiled in their place, absolute
 */

/**
 * Has the worker send what it sends in one turn of its loop together (docs/decisions/0028). The calls it takes are Linux'.
 * @param {string} workerDir `worker/` of the mediasoup package; only read
 * @param {string} outputDir made here
 * @returns {Promise<BatchedSockets>}
 * @throws {SetupError} when mediasoup's sockets are not those that the patch was made for
 */
export async function batchSockets(workerDir, outputDir) {
  if (platform() !== 'linux') return { includeDirs: [], replaced: new Map() };
  for (const path of [HEADER, SOURCE]) {
    mkdirSync(join(outputDir, dirname(path)), { recursive: true });
    cpSync(join(workerDir, path), join(outputDir, path));
  }
  const patch = join(BATCH_DIR, 'UdpSocketHandle.patch');
  // Where a line moved nothing is meant any more: no fuzz.
  const args = ['--strip=1', '--fuzz=0', '--forward', '--no-backup-if-mismatch', `--directory=${outputDir}`];
  const { exitCode, stdout, stderr } = await runCommand('patch', [...args, `--input=${patch}`]);
  if (exitCode !== 0) {
    throw new SetupError(
      `mediasoup's sockets cannot be changed to send in batches:\n${lastLines(stdout + stderr, 8)}`,
      ['If you changed the version of mediasoup: build its worker yourself and set MEDIASOUP_WORKER_BIN to its path.'],
    );
  }
  return {
    includeDirs: [join(outputDir, 'include'), BATCH_DIR],
    replaced: new Map([[join(workerDir, SOURCE), join(outputDir, SOURCE)]]),
  };
}
