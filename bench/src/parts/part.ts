import { type ChildProcess, fork } from 'node:child_process';

/** Longer than a part that gets little of the processor may need for a word. */
const PATIENCE_MS = 60_000;

/** Another process of the benchmark: its program once more, with these words. */
export function startPart(...words: readonly string[]): ChildProcess {
  return fork(process.argv[1]!, [...words], { execArgv: process.execArgv });
}

/** The next word of a part. One that ends before it has failed, and has printed why; so has one that says nothing. */
export function heard<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (status: number | null): void => fail(`ended with ${status}`);
    const silent = setTimeout(() => fail(`said nothing for ${PATIENCE_MS / 1000} s`), PATIENCE_MS);
    const fail = (what: string): void => {
      clearTimeout(silent);
      reject(new Error(`a part of the benchmark, ${child.spawnargs.slice(-2).join(' ')}, ${what}`));
    };
    child.once('exit', ended);
    child.once('message', (message) => {
      clearTimeout(silent);
      child.off('exit', ended);
      resolve(message as T);
    });
  });
}
