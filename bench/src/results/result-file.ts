import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Run, withRun } from './run.ts';

/**
 * Puts a run into a list of runs, which is made when it is not there. Written aside and renamed.
 * @throws SyntaxError when what is there is no JSON; it is left as it is
 */
export function keepRun(path: string, run: Run): void {
  const runs = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as readonly Run[]) : [];
  mkdirSync(dirname(path), { recursive: true });
  const aside = `${path}.${process.pid}`;
  writeFileSync(aside, `${JSON.stringify(withRun(runs, run), undefined, 2)}\n`);
  renameSync(aside, path);
}
