import type { Scope } from '@amphi/base';
import { hasBroadcaster, type Session, type StopReason } from '@amphi/rooms';

/** Ends what runs when nobody has been there whom it could show, for so long. */
export class AutoStop {
  readonly #session: Session;
  readonly #timeoutS: number;
  readonly #scope: Scope;
  readonly #onDue: (why: StopReason) => void;
  #cancel: (() => void) | undefined;

  /** @param options.scope of what runs */
  constructor(options: {
    readonly session: Session;
    readonly timeoutS: number;
    readonly scope: Scope;
    readonly onDue: (why: StopReason) => void;
  }) {
    this.#session = options.session;
    this.#timeoutS = options.timeoutS;
    this.#scope = options.scope;
    this.#onDue = options.onDue;
    this.watch();
  }

  /** To be called whenever peers or roles changed. */
  watch(): void {
    if (hasBroadcaster(this.#session)) {
      this.#cancel?.();
      this.#cancel = undefined;
    } else {
      this.#cancel ??= this.#scope.after(this.#timeoutS * 1000, () => {
        this.#onDue('last peer left');
      });
    }
  }
}
