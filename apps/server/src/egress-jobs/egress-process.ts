import { type ChildProcess, fork } from 'node:child_process';
import { type Closable, type CloseReason, Emitter, type Logger, messageOf } from '@amphi/base';
import {
  describeIssues,
  type EgressCommand,
  type EgressJobMessage,
  type EgressStatus,
  egressStatus,
} from '@amphi/protocol';

export interface EgressProgram {
  /** Main module of the egress program. */
  readonly entry: string;
  /** Options for Node before the entry, for instance to run from source. */
  readonly execArgv?: readonly string[];
  /** `inherit`: it writes its log to ours. */
  readonly output?: 'inherit' | 'ignore';
}

export interface EgressProcessEvents {
  status: EgressStatus;
}

/** What the child needs of our environment; secrets of the server stay out of it. */
const PASSED_ON =
  /^(PATH|HOME|LANG|LC_.*|TZ|TMPDIR|NODE_ENV|NODE_OPTIONS|LD_LIBRARY_PATH|FONTCONFIG_.*|AMPHI_EGRESS_.*)$/;

/** Runs the program, which loads and waits for its job. @throws when this machine has no pipe or process left */
export function forkEgress(program: EgressProgram): ChildProcess {
  const output = program.output ?? 'inherit';
  return fork(program.entry, [], {
    execArgv: [...(program.execArgv ?? [])],
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => PASSED_ON.test(name))),
    stdio: ['ignore', output, output, 'ipc'],
  });
}

/** One run of the egress program. Closes when the process is gone; `by: 'failure'` unless it exited with 0. */
export class EgressProcess implements Closable {
  readonly events: Emitter<EgressProcessEvents>;
  readonly closed: Promise<CloseReason>;
  readonly #child: ChildProcess;

  /** @param options.child of the program, which waits for its job; from now on this closes it */
  constructor(options: { readonly child: ChildProcess; readonly job: EgressJobMessage; readonly logger: Logger }) {
    const { child, job, logger } = options;
    this.events = new Emitter((error) => logger.error({ error: messageOf(error) }, 'egress listener failed'));
    this.#child = child;
    this.closed = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        logger.info({ code, signal }, 'egress process exited');
        if (code === 0) resolve({ by: 'self' });
        else resolve({ by: 'failure', code: signal ?? `exit_${code}` });
      });
      // Emitted instead of `exit` when the program cannot be run at all.
      this.#child.once('error', (error) => {
        logger.error({ error: error.message }, 'egress process failed');
        if (this.#child.pid === undefined) resolve({ by: 'failure', code: 'spawn' });
      });
    });
    this.#child.on('message', (message) => {
      const status = egressStatus.safeParse(message);
      if (status.success) this.events.emit('status', status.data);
      else logger.warn({ issues: describeIssues(status.error, message) }, 'egress sent a malformed status');
    });
    logger.info({ pid: this.#child.pid }, 'egress process started');
    this.send(job);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Does nothing when the process is gone. */
  send(command: EgressCommand): void {
    // Without a callback a failed send would be emitted as `error`; the exit tells enough.
    if (this.#child.connected) this.#child.send(command, () => {});
  }

  /** Kills at once. To end a stream properly send `stop`. */
  close(): void {
    this.#child.kill('SIGKILL');
  }
}
