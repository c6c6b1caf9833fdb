import { backoffMs, type CloseReason, CodedError, logFaults, type Millis, Scope, whenClosed } from '@amphi/base';
import { setLogEventListeners } from 'mediasoup';
import type { SessionRouter, Sfu, SfuErrorCode, SfuOptions, SfuStats } from './contract.ts';
import { loadOf, noUsage } from './usage.ts';
import { closedError } from './webrtc-transport.ts';
import { SfuWorker } from './worker.ts';

const RESTART_BACKOFF: { readonly firstMs: Millis; readonly capMs: Millis } = { firstMs: 200, capMs: 10_000 };
/** A worker that lived this long was sound: the next failure is a first one again. */
const STABLE_AFTER_MS: Millis = 60_000;

/** Starts the workers. Throws `unavailable` when one does not start, a port is taken or no address can be announced. */
export async function createSfu(options: SfuOptions): Promise<Sfu> {
  const mute = options.listen.find(({ ip, announced }) => isAnyAddress(ip) && !announced);
  if (mute || options.listen.length === 0) {
    throw new CodedError<SfuErrorCode>(
      'unavailable',
      `${mute?.ip ?? 'nowhere'} is no address that browsers can reach: say what is announced in its place`,
    );
  }
  // Warnings of the worker are per packet at times; its errors (among them the last words of one that dies) are rare.
  setLogEventListeners({ onerror: (source, log) => options.logger.warn({ source, log }, 'media worker reports') });
  const pool = new WorkerPool(options);
  try {
    await pool.start();
    return pool;
  } catch (error) {
    pool.close({ by: 'failure', code: 'unavailable' });
    await pool.closed;
    throw error;
  }
}

function isAnyAddress(ip: string): boolean {
  return ip === '0.0.0.0' || ip === '::';
}

/** Workers by their place; a place is empty while its worker is being replaced. */
export class WorkerPool implements Sfu {
  readonly #options: SfuOptions;
  readonly #scope: Scope;
  readonly #workers = new Map<number, SfuWorker>();
  #deaths = 0;

  constructor(options: SfuOptions) {
    this.#options = options;
    const onTimerError = logFaults(options.logger, 'a timer of the SFU failed');
    this.#scope = new Scope({ ...(options.clock && { clock: options.clock }), onTimerError });
  }

  get closed(): Promise<CloseReason> {
    return this.#scope.closed;
  }

  get workers(): readonly SfuWorker[] {
    return [...this.#workers.values()];
  }

  async start(): Promise<void> {
    await Promise.all(Array.from({ length: this.#options.workers }, (_, index) => this.#startWorker(index, 0)));
  }

  async createSessionRouter({ sessionId }: { readonly sessionId: string }): Promise<SessionRouter> {
    if (this.#scope.isClosed) throw closedError('the SFU');
    const worker = [...this.#workers.values()].sort((a, b) => loadOf(a.usage) - loadOf(b.usage))[0];
    if (!worker) throw new CodedError<SfuErrorCode>('no_worker', 'no media worker runs at the moment');
    try {
      return await worker.createSessionRouter(sessionId);
    } catch (error) {
      if (this.#scope.isClosed) throw closedError('the SFU', error);
      throw new CodedError<SfuErrorCode>('no_worker', `media worker ${worker.pid} took no session`, { cause: error });
    }
  }

  async stats(): Promise<SfuStats> {
    // A worker that dies while it is asked counts as gone.
    const asked = await Promise.allSettled(this.workers.map((worker) => worker.stats()));
    const total = noUsage();
    for (const { usage } of this.workers) {
      for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += usage[key];
    }
    return {
      workers: asked.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : [])),
      workerDeaths: this.#deaths,
      ...total,
    };
  }

  close(reason?: CloseReason): void {
    this.#scope.close(reason);
  }

  async #startWorker(index: number, failures: number): Promise<void> {
    const startedAt = performance.now();
    const worker = await SfuWorker.start(this.#options, index);
    if (this.#scope.isClosed) {
      worker.close({ by: 'parent' });
      throw closedError('the SFU');
    }
    this.#workers.set(index, this.#scope.own(worker));
    this.#options.logger.info(
      { index, ...(await worker.stats().catch(() => ({ pid: worker.pid }))) },
      'media worker started',
    );
    const gone = ({ by }: CloseReason): void => {
      this.#workers.delete(index);
      if (by !== 'failure' || this.#scope.isClosed) return;
      this.#deaths += 1;
      this.#replace(index, performance.now() - startedAt > STABLE_AFTER_MS ? 0 : failures + 1);
    };
    whenClosed(worker, gone, logFaults(this.#options.logger, 'a media worker that is gone could not be replaced'));
  }

  #replace(index: number, failures: number): void {
    this.#scope.after(backoffMs(failures, RESTART_BACKOFF), () => {
      this.#startWorker(index, failures).catch((error: unknown) => {
        if (this.#scope.isClosed) return;
        this.#options.logger.error({ index, error }, 'media worker did not start');
        this.#replace(index, failures + 1);
      });
    });
  }
}
