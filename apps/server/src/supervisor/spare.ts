import { type ChildProcess, fork } from 'node:child_process';
import { totalmem } from 'node:os';
import { type Logger, type Millis, messageOf } from '@amphi/base';

/** What the supervisor says to a server that is loaded: from now on it is the one that runs. */
export interface ServeMessage {
  readonly type: 'serve';
  /** The one that the run before had. */
  readonly port: number;
}

/** Argument of a server that loads all it is made of and then waits for {@link ServeMessage}. It opens and takes nothing before. */
export const SPARE = '--spare';

export interface SpareOptions {
  /** Module that runs the server. */
  readonly program: string;
  /** After the server can be reached: what it does then is worth more than being ready for its end. */
  readonly afterMs: Millis;
  readonly logger: Logger;
}

/** Bytes of memory under which the 110 MB that a spare takes are better left to the server. */
const MEMORY_NEEDED = 1.5 * 2 ** 30;

/** Whether this machine, or the container that this is, has memory for a process that waits. */
export function hasRoomForSpare(bytes: number = Math.min(totalmem(), constrainedMemory())): boolean {
  return bytes >= MEMORY_NEEDED;
}

/**
 * A second server process that is loaded and waits, so that a crash costs no loading: that is a third of what a start
 * takes. One that ends while it waits is not replaced before the next start.
 */
export class Spare {
  readonly #options: SpareOptions;
  #timer: NodeJS.Timeout | undefined;
  #child: ChildProcess | undefined;
  #isLoaded = false;

  constructor(options: SpareOptions) {
    this.#options = options;
  }

  /** Has one made, some time from now, unless there is one or will be. */
  prepare(): void {
    if (this.#timer || this.#child) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#load();
    }, this.#options.afterMs);
  }

  /** The process, which serves from now on and is the caller's; nothing when there is none, or it is still loading. */
  take(port: number): ChildProcess | undefined {
    const child = this.#child;
    if (!child || !this.#isLoaded || !child.connected) {
      this.discard();
      return undefined;
    }
    this.#forget(child);
    child.send({ type: 'serve', port } satisfies ServeMessage, () => {});
    return child;
  }

  /** Ends it: it is of code that is to be replaced, or nobody will need it. */
  discard(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const child = this.#child;
    if (!child) return;
    this.#forget(child);
    child.kill('SIGKILL');
  }

  #load(): void {
    const { program, logger } = this.#options;
    const child = fork(program, [SPARE], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
    this.#child = child;
    child.once('message', () => {
      if (this.#child !== child) return;
      this.#isLoaded = true;
      logger.info({ pid: child.pid }, 'a server waits, should this one die');
    });
    child.on('error', (error) => logger.warn({ error: messageOf(error) }, 'no server could be made to wait'));
    child.once('close', () => this.#forget(child));
  }

  #forget(child: ChildProcess): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    this.#isLoaded = false;
  }
}

/** Bytes; what Node knows of the limits of a container. */
function constrainedMemory(): number {
  const bytes = process.constrainedMemory();
  return bytes > 0 ? bytes : Number.POSITIVE_INFINITY;
}
