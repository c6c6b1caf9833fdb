import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLogger } from './logger.ts';
import { supervise } from './supervisor/supervise.ts';

/**
 * The program that is started. Without a command it keeps the server running, in a process of its own: this one holds no
 * store, no media and no foreign code, so there is little that could end it. With `--unsupervised` it is the server
 * itself, for where another supervisor does this; with any command it does that and ends.
 */
const UNSUPERVISED = '--unsupervised';
/** Beside this file, in `src` as in `dist`. */
const program = new URL(`./server-program${extname(fileURLToPath(import.meta.url))}`, import.meta.url);

const args = process.argv.slice(2);
if (args.length === 0) {
  process.exitCode = await supervise({ program: fileURLToPath(program), logger: createLogger('info') });
} else {
  if (args[0] === UNSUPERVISED) process.argv.splice(2, 1);
  await import(program.href);
}
