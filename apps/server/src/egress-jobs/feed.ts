import { Emitter, type Logger, messageOf } from '@amphi/base';
import type { EgressOutput, RecordedTrack } from '@amphi/protocol';
import type { Failure } from './failure-reason.ts';

/** An output that an egress process is to feed. */
export interface JobOutput {
  readonly id: string;
  /** What the process is told, made anew for each that feeds it, and each time that it begins anew. */
  describe(): EgressOutput;
  /** Whether it begins anew when it failed by itself. */
  readonly isTriedAgain: boolean;
  /** Nothing is written to it any more: what is left to do before it is over. */
  release?(): Promise<void>;
}

interface FeedEvents {
  /** What the process makes arrives there; each time that it begins. */
  running: undefined;
  /** The rungs below the top get every `step`-th picture, as the machine is too slow for all; 1: all again. */
  thinned: { readonly step: number };
  /** Something is wrong with what it shows; it goes on. */
  trouble: { readonly code: string };
  /** Of an output of tracks: another file was begun. */
  track: RecordedTrack;
  /** Nothing is written, as is wanted. */
  paused: undefined;
  /** Nothing arrives at present; why, in words for those in the room. It goes on by itself when it can. */
  retrying: { readonly message: string };
  /** It is fed no more. */
  failed: Failure;
}

/** One output being fed, over all processes that do it. */
export class Feed {
  readonly output: JobOutput;
  readonly events: Emitter<FeedEvents>;
  /** Nothing is written to it any more, and it is released. Never rejects. */
  readonly over: Promise<void>;
  readonly #logger: Logger;
  #finish!: () => void;
  #isOver = false;

  constructor(output: JobOutput, logger: Logger) {
    this.output = output;
    this.#logger = logger;
    this.events = new Emitter((error) => logger.error({ error: messageOf(error) }, 'a listener of an output failed'));
    this.over = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  /** Idempotent. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    void this.#release();
  }

  async #release(): Promise<void> {
    try {
      await this.output.release?.();
    } catch (error) {
      this.#logger.warn({ output: this.output.id, error: messageOf(error) }, 'an output could not be released');
    }
    this.#finish();
  }
}
