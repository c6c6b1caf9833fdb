import type { ChildProcess } from 'node:child_process';
import { type Logger, messageOf } from '@amphi/base';
import type { EgressJobMessage } from '@amphi/protocol';
import { EgressProcess, type EgressProgram, forkEgress } from './egress-process.ts';

/**
 * Starts egress processes, and has some that are loaded and wait where it is known that they will be needed: after a
 * crash the streams that go on wait for the server, which is busy on one core; the others may load them meanwhile.
 */
export class EgressProcesses {
  readonly #program: EgressProgram;
  readonly #logger: Logger;
  readonly #waiting = new Set<ChildProcess>();

  constructor(options: { readonly program: EgressProgram; readonly logger: Logger }) {
    this.#program = options.program;
    this.#logger = options.logger;
  }

  /** Has so many load. That it cannot is told when they are needed. */
  warmUp(count: number): void {
    for (let i = 0; i < count; i += 1) {
      let child: ChildProcess;
      try {
        child = forkEgress(this.#program);
      } catch (error) {
        this.#logger.warn({ error: messageOf(error) }, 'no egress process could be started before it is needed');
        return;
      }
      this.#waiting.add(child);
      this.#logger.info({ pid: child.pid }, 'an egress process waits');
      for (const end of ['exit', 'error'] as const) child.once(end, () => this.#waiting.delete(child));
    }
  }

  /** One that waits, or a new one. @throws when this machine has no pipe or process left */
  start(job: EgressJobMessage, logger: Logger): EgressProcess {
    const [waiting] = this.#waiting;
    if (waiting) this.#waiting.delete(waiting);
    return new EgressProcess({ child: waiting ?? forkEgress(this.#program), job, logger });
  }

  /** Kills those that wait; those that were started are their owners'. */
  close(): void {
    for (const child of this.#waiting) child.kill('SIGKILL');
    this.#waiting.clear();
  }
}
