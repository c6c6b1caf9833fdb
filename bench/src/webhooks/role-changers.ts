import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLogger, systemClock } from '@amphi/base';
import { SignalingConnection, socketUrl } from '@amphi/signaling';
import { openNodeSocket } from '../peers/node-socket.ts';

/** A room and two of its codes: of who changes roles, and of who gets them. */
export interface PairCodes {
  readonly id: string;
  readonly host: string;
  readonly guest: string;
}

/** A role change that the server has acknowledged, in ms by the clock of this machine. */
export interface Acknowledged {
  readonly roomId: string;
  readonly at: number;
}

export interface Told {
  readonly acknowledged: readonly Acknowledged[];
  /** Asked for, and not known to have happened: the server was killed. */
  readonly unanswered: number;
}

const ROLES = ['viewer', 'fan'] as const;
const AGAIN_MS = 100;

/**
 * Two people in each room, as the process of a benchmark: one gives the other a role and takes it back, `perSecond` times
 * in all rooms together. When the server is gone they come back as others, as soon as it lets them in. Told "go" they
 * begin; told "stop" they end, and it tells what became of it, and that they stay where they are.
 */
export async function beRoleChangers(url: string, rooms: readonly PairCodes[], perSecond: number): Promise<void> {
  process.on('disconnect', () => process.exit());
  const pairs: Pair[] = [];
  for (const codes of rooms) pairs.push(await Pair.enter(url, codes));
  process.send?.('ready');
  const everyMs = (rooms.length / perSecond) * 1_000;
  let turns: Promise<void>[] = [];
  process.on('message', (word) => {
    if (word === 'go') turns = pairs.map((pair, i) => pair.keepChanging(everyMs, (i / pairs.length) * everyMs));
    if (word === 'stop') {
      for (const pair of pairs) pair.stop();
      void Promise.all(turns).then(() => {
        const told: Told = {
          acknowledged: pairs.flatMap(({ roomId, acknowledged }) => acknowledged.map((at) => ({ roomId, at }))),
          unanswered: pairs.reduce((sum, pair) => sum + pair.unanswered, 0),
        };
        process.send?.(told);
      });
    }
  });
}

class Pair {
  readonly acknowledged: number[] = [];
  unanswered = 0;
  readonly #url: string;
  readonly #codes: PairCodes;
  #host: Person | undefined;
  #guest: Person | undefined;
  #isOver = false;

  private constructor(url: string, codes: PairCodes) {
    this.#url = url;
    this.#codes = codes;
  }

  static async enter(url: string, codes: PairCodes): Promise<Pair> {
    const pair = new Pair(url, codes);
    await pair.#enter();
    return pair;
  }

  get roomId(): string {
    return this.#codes.id;
  }

  /** One change after the other, each at its time; one that is late is not waited for by the next. */
  async keepChanging(everyMs: number, startMs: number): Promise<void> {
    let due = performance.now() + startMs;
    for (let turn = 1; !this.#isOver; turn++, due += everyMs) {
      const early = due - performance.now();
      if (early > 0) await sleep(early);
      try {
        const params = { requested_for: this.#guest!.peerId, role: ROLES[turn % 2]!, force: true };
        await this.#host!.signaling.request('role-change-request', params);
        this.acknowledged.push(Date.now());
      } catch {
        this.unanswered++;
        await this.#comeBack();
        // What was not asked for meanwhile is not made up for; a new guest has the first role.
        [due, turn] = [performance.now(), 0];
      }
    }
  }

  stop(): void {
    this.#isOver = true;
  }

  async #comeBack(): Promise<void> {
    while (!this.#isOver) {
      try {
        return await this.#enter();
      } catch {
        // Nobody listens yet.
        await sleep(AGAIN_MS);
      }
    }
  }

  async #enter(): Promise<void> {
    this.#host?.signaling.close();
    this.#guest?.signaling.close();
    this.#host = await enter(this.#url, this.#codes.host);
    this.#guest = await enter(this.#url, this.#codes.guest);
  }
}

interface Person {
  readonly peerId: string;
  readonly signaling: SignalingConnection;
}

async function enter(url: string, code: string): Promise<Person> {
  const peerId = randomUUID();
  const given = await fetch(`${url}/v2/token`, { method: 'POST', body: JSON.stringify({ code }) });
  if (!given.ok) throw new Error(`no token: ${given.status} ${await given.text()}`);
  const { token } = (await given.json()) as { token: string };
  const address = socketUrl(`${url.replace(/^http/, 'ws')}/ws`, { token, peerId, userAgent: 'sdk:bench' });
  const signaling = new SignalingConnection({
    findAddress: async () => address,
    openSocket: openNodeSocket,
    clock: systemClock,
    logger: silentLogger,
  });
  // It is left then, not mended.
  signaling.events.on('lost', () => signaling.close());
  await signaling.open();
  await signaling.request('join', { name: 'Mia', data: '', disableVidAutoSub: true });
  return { peerId, signaling };
}
