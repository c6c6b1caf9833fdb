import { waitFor } from '@amphi/testkit';
import { commandOf, familyOf, socketsOf } from './memory.ts';

/** What a server has open. */
interface Held {
  readonly processes: readonly number[];
  readonly sockets: number;
}

const PATIENCE_MS = 60_000;

/** Compares what a server has open with what it had before something was done. */
export class LeftBehind {
  readonly #root: number;
  readonly #before: Held;

  /** @param root the server's process */
  constructor(root: number) {
    this.#root = root;
    this.#before = held(root);
  }

  /** Processes that compose, of this server. */
  composers(): readonly number[] {
    return familyOf(this.#root).filter((pid) => /egress/.test(commandOf(pid)));
  }

  /** Processes and sockets that were not there before, once they are gone or a minute is over. Kept-alive requests end in it. */
  async count(): Promise<{ readonly processes: number; readonly sockets: number }> {
    const more = () => {
      const now = held(this.#root);
      const processes = now.processes.filter((pid) => !this.#before.processes.includes(pid)).length;
      return { processes, sockets: Math.max(0, now.sockets - this.#before.sockets) };
    };
    await waitFor(
      'nothing is left',
      () => {
        const { processes, sockets } = more();
        return processes === 0 && sockets === 0;
      },
      PATIENCE_MS,
    ).catch(() => {});
    return more();
  }
}

function held(root: number): Held {
  const processes = familyOf(root).filter((pid) => commandOf(pid) !== '');
  return { processes, sockets: processes.reduce((sum, pid) => sum + socketsOf(pid), 0) };
}
