import {
  assert,
  type Clock,
  type Closable,
  type CloseReason,
  Emitter,
  type Logger,
  type Millis,
  messageOf,
  Scope,
} from '@amphi/base';
import type { Composition, EgressJob as EgressJobMessage } from '@amphi/protocol';
import { EgressProcess, type EgressProgram } from './egress-process.ts';
import { failureReason } from './failure-reason.ts';
import { type EgressJobEvent, type EgressJobState, type EgressPolicy, nextTickAt, step } from './job-state.ts';

export interface EgressJobEvents {
  /** Given up; why, in words for those in the room. */
  failed: { readonly message: string };
}

/**
 * Keeps the process of one composed stream running: starts it, restarts it with backoff, gives up after too many
 * failures in a row. Closed when the process is gone for good and its stream is ended at the origin; `by: 'failure'`
 * when it was given up.
 */
export class EgressJob implements Closable {
  readonly events: Emitter<EgressJobEvents>;
  readonly closed: Promise<CloseReason>;
  readonly #program: EgressProgram;
  readonly #policy: EgressPolicy;
  readonly #describe: () => Promise<EgressJobMessage>;
  readonly #endStream: () => Promise<void>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #scope: Scope;
  #state: EgressJobState;
  #process: EgressProcess | undefined;
  /** For the process that is about to be launched. */
  #message: EgressJobMessage | undefined;
  /** Instead of the described one, since it was changed. */
  #composition: Composition | undefined;
  /** Code of what the last process told last. */
  #lastTrouble: string | undefined;
  #cancelTick = (): void => {};

  constructor(options: {
    readonly program: EgressProgram;
    readonly policy: EgressPolicy;
    /** Makes the job message for each start, with a fresh token. */
    readonly describe: () => Promise<EgressJobMessage>;
    /** Ends the playlists if the process did not. */
    readonly endStream: () => Promise<void>;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#program = options.program;
    this.#policy = options.policy;
    this.#describe = options.describe;
    this.#endStream = options.endStream;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.events = new Emitter((error) => this.#logger.error({ error: messageOf(error) }, 'job listener failed'));
    this.#scope = new Scope({ clock: options.clock });
    this.closed = this.#scope.closed;
    this.#state = { phase: 'preparing', failures: 0, since: this.#clock.now() };
    this.#armTick();
    this.#prepare();
  }

  /** Of the process that runs at present. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Draws otherwise: the process that runs, and those that come after it. */
  recompose(composition: Composition): void {
    this.#composition = composition;
    this.#process?.send({ type: 'composition', composition });
  }

  /** Drains: last part, end of the playlist; killed when that takes too long. `closed` tells when it is done. */
  stop(): void {
    this.#handle({ type: 'stopRequested' });
  }

  /** The same as `stop`: a stream is never cut off while it can be ended. */
  close(): void {
    this.stop();
  }

  #handle(event: EgressJobEvent): void {
    const before = this.#state;
    const { state, actions } = step(before, event, this.#clock.now(), this.#policy);
    this.#state = state;
    for (const action of actions) {
      if (action === 'prepare') this.#prepare();
      else if (action === 'launch') this.#launch();
      else if (action === 'askToStop') this.#process?.send({ type: 'stop' });
      else this.#kill();
    }
    if (state.phase === 'ended' && before.phase !== 'ended') void this.#finish(state.outcome);
    this.#armTick();
  }

  #armTick(): void {
    this.#cancelTick();
    const at = nextTickAt(this.#state, this.#policy);
    if (at === undefined) return;
    const delayMs: Millis = Math.max(0, at - this.#clock.now());
    this.#cancelTick = this.#scope.after(delayMs, () => this.#handle({ type: 'tick' }));
  }

  /** Makes the message. One that comes after its time is up, or after a stop, is for nobody. */
  #prepare(): void {
    const preparing = this.#state;
    this.#lastTrouble = undefined;
    this.#describe().then(
      (message) => {
        if (this.#state !== preparing) return;
        this.#message = message;
        this.#handle({ type: 'prepared' });
      },
      (error: unknown) => {
        this.#logger.error({ error: messageOf(error) }, 'could not describe the egress job');
        if (this.#state === preparing) this.#handle({ type: 'unprepared' });
      },
    );
  }

  #launch(): void {
    const described = this.#message;
    assert(described, 'an egress job is launched with a message');
    const message = this.#composition ? { ...described, composition: this.#composition } : described;
    this.#message = undefined;
    let child: EgressProcess;
    try {
      child = new EgressProcess({ program: this.#program, job: message, logger: this.#logger });
    } catch (error) {
      // No pipes or processes left on this machine.
      this.#logger.error({ error: messageOf(error) }, 'could not start an egress process');
      this.#handle({ type: 'exited' });
      return;
    }
    this.#process = child;
    child.events.on('status', (status) => {
      if (status.type === 'trouble') {
        this.#lastTrouble = status.code;
        this.#logger.warn({ severity: status.severity, code: status.code, detail: status.message }, 'egress trouble');
      }
      const isOnAir = status.type === 'output' && status.phase === 'running';
      this.#handle({ type: isOnAir ? 'streaming' : 'heard' });
    });
    void child.closed.then((reason) => {
      this.#process = undefined;
      this.#handle({ type: 'exited' });
      this.#logger.debug({ reason, phase: this.#state.phase }, 'egress run over');
    });
  }
  #kill(): void {
    this.#logger.warn({ phase: this.#state.phase }, 'killed an egress process that did not answer in time');
    this.#process?.close();
  }

  async #finish(outcome: 'stopped' | 'failed'): Promise<void> {
    try {
      await this.#endStream();
    } catch (error) {
      this.#logger.warn({ error: messageOf(error) }, 'could not end the stream at the origin');
    }
    if (outcome === 'failed') {
      this.events.emit('failed', { message: failureReason(this.#lastTrouble) });
      this.#scope.close({ by: 'failure', code: 'given_up' });
    } else {
      this.#scope.close();
    }
  }
}
