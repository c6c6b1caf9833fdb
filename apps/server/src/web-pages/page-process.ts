import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Closable,
  type CloseReason,
  Emitter,
  type Logger,
  logFaults,
  type Millis,
  messageOf,
  Scope,
} from '@amphi/base';
import { describeIssues, type OpenPage, type PageCommand, type PageStatus, pageStatus } from '@amphi/protocol';

/** For its browser to end. */
const CLOSE_MS: Millis = 10_000;
/**
 * The browser of one that was killed ends by itself when its pipe is closed, and writes until then: what is in its folder goes
 * again and again, for five seconds.
 */
const REMOVAL = { recursive: true, force: true, maxRetries: 10, retryDelay: 100 } as const;
/** What the child needs of our environment; secrets of the server stay out of it. */
const PASSED_ON =
  /^(PATH|HOME|LANG|LC_.*|TZ|NODE_ENV|NODE_OPTIONS|LD_LIBRARY_PATH|FONTCONFIG_.*|AMPHI_EGRESS_LOG_LEVEL)$/;

/** Main module of the egress program, and options for Node before it. */
export interface PageProgram {
  readonly entry: string;
  readonly execArgv?: readonly string[];
}

/** One try of a page, in a process of its own. Closed when nothing is left of it. */
export class PageProcess implements Closable {
  readonly events: Emitter<{ status: PageStatus }>;
  readonly closed: Promise<CloseReason>;
  readonly #child: ChildProcess;
  readonly #scope: Scope;

  /** @throws when this machine has no pipe or process left, or no folder for it can be made */
  constructor(options: {
    readonly program: PageProgram;
    readonly order: Omit<OpenPage, 'type' | 'folder'>;
    readonly logger: Logger;
  }) {
    const { program, order, logger } = options;
    this.#scope = new Scope({ onTimerError: logFaults(logger, 'a timer of a page failed') });
    this.events = new Emitter((error) => logger.error({ error: messageOf(error) }, 'page listener failed'));
    const folder = mkdtempSync(join(tmpdir(), 'amphi-page-'));
    const child = fork(program.entry, ['open-page'], {
      execArgv: [...(program.execArgv ?? [])],
      env: Object.fromEntries(Object.entries(process.env).filter(([name]) => PASSED_ON.test(name))),
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child = child;
    this.closed = new Promise((resolve) => {
      const end = async (reason: CloseReason): Promise<void> => {
        this.#scope.close();
        await rm(folder, REMOVAL).catch((error: unknown) => {
          logger.warn({ folder, error: messageOf(error) }, 'what a page has left could not be removed');
        });
        resolve(reason);
      };
      child.once('exit', (code, signal) => {
        logger.info({ code, signal }, 'page process exited');
        void end(code === 0 ? { by: 'self' } : { by: 'failure', code: signal ?? `exit_${code}` });
      });
      // Emitted instead of `exit` when the program cannot be run at all.
      child.once('error', (error) => {
        logger.error({ error: error.message }, 'page process failed');
        if (child.pid === undefined) void end({ by: 'failure', code: 'spawn' });
      });
    });
    child.on('message', (message) => {
      const status = pageStatus.safeParse(message);
      if (status.success) this.events.emit('status', status.data);
      else logger.warn({ issues: describeIssues(status.error, message) }, 'a page sent a malformed status');
    });
    logger.info({ pid: child.pid }, 'page process started');
    this.#send({ type: 'open', folder, ...order });
  }

  answer(sdp: string): void {
    this.#send({ type: 'answer', sdp });
  }

  /** Has it close its browser; kills it when that takes too long. Idempotent. */
  close(): void {
    this.#send({ type: 'close' });
    if (!this.#scope.isClosed) this.#scope.after(CLOSE_MS, () => this.#child.kill('SIGKILL'));
  }

  #send(command: PageCommand): void {
    // Without a callback a failed send would be emitted as `error`; the exit tells enough.
    if (this.#child.connected) this.#child.send(command, () => {});
  }
}
