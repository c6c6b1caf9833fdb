import { type Closable, type CloseReason, Scope } from '@amphi/base';
import type { DoctorReport } from '@amphi/protocol';
import type { Check, DoctorContext } from './check.ts';
import { examine } from './doctor.ts';

/** The doctor inside of a running server: one run at a time, started by hand; the last report is kept. */
export class DoctorRuns implements Closable {
  readonly #context: Omit<DoctorContext, 'signal'>;
  readonly #checks: readonly Check[] | undefined;
  readonly #scope = new Scope();
  #report: DoctorReport | undefined;
  #isRunning = false;

  constructor(context: Omit<DoctorContext, 'signal'>, checks?: readonly Check[]) {
    this.#context = context;
    this.#checks = checks;
  }

  get closed(): Promise<CloseReason> {
    return this.#scope.closed;
  }

  /** Of the last run, or of the one under way as far as it has come. */
  get report(): DoctorReport | undefined {
    return this.#report;
  }

  /** Starts a run, unless one is under way. */
  start(): DoctorReport | undefined {
    if (!this.#isRunning && !this.#scope.isClosed) {
      this.#isRunning = true;
      void examine(this.#context, {
        signal: this.#scope.signal,
        onChange: (report) => {
          this.#report = report;
        },
        ...(this.#checks ? { checks: this.#checks } : {}),
      }).then((report) => {
        this.#report = report;
        this.#isRunning = false;
      });
    }
    return this.#report;
  }

  close(reason?: CloseReason): void {
    this.#scope.close(reason);
  }
}
