import { randomUUID } from 'node:crypto';
import {
  type Clock,
  type Closable,
  type CloseReason,
  Emitter,
  type Logger,
  logFaults,
  messageOf,
  Scope,
  whenClosed,
} from '@amphi/base';
import type { OpenPage, PageStatus, PageTracks } from '@amphi/protocol';
import { answerForThisMachine } from '@amphi/sdp';
import type { Publishing, SessionRouter } from '@amphi/sfu';
import { afterGone, FIRST_TRY, type PageHealth, type PagePolicy } from './page-health.ts';
import { PageProcess, type PageProgram } from './page-process.ts';

interface WebPageEvents {
  /** It is shown by these tracks of the session's router, or not any more. */
  shown: { readonly tracks: PageTracks | null };
  /** It is given up: a code for `failureReason`. */
  failed: { readonly code: string };
}

export interface WebPageOptions {
  readonly program: PageProgram;
  readonly order: Omit<OpenPage, 'type' | 'folder'>;
  /** Of the session, by which its tracks reach the composer. */
  readonly router: () => Promise<Pick<SessionRouter, 'createPublishing'>>;
  /** Of this machine, on which media are received. */
  readonly localAddress: string;
  readonly policy: PagePolicy;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A web page that is shown as a source of one program, over all its tries. Closed when its last process is gone. */
export class WebPage implements Closable {
  readonly events: Emitter<WebPageEvents>;
  readonly closed: Promise<CloseReason>;
  readonly #options: WebPageOptions;
  readonly #scope: Scope;
  #health: PageHealth = FIRST_TRY;
  #process: PageProcess | undefined;
  #publishing: Publishing | undefined;
  /** Those that are shown. */
  #tracks: PageTracks | null = null;
  /** Those that its process sends, shown as soon as it says that it draws. */
  #wanted: PageTracks | null = null;
  #cancelDeadline = (): void => {};
  /** Code of what the process said last. */
  #why = '';
  #isClosing = false;

  constructor(options: WebPageOptions) {
    this.#options = options;
    const { logger } = options;
    this.events = new Emitter((error) => logger.error({ error: messageOf(error) }, 'page listener failed'));
    this.#scope = new Scope({ clock: options.clock, onTimerError: logFaults(logger, 'a timer of a page failed') });
    this.closed = this.#scope.closed;
    this.#open();
  }

  /** Undefined while it is not shown. */
  get tracks(): PageTracks | null {
    return this.#tracks;
  }

  close(): void {
    this.#isClosing = true;
    if (this.#process) this.#process.close();
    else this.#scope.close();
  }

  #open(): void {
    const { program, order, policy, logger } = this.#options;
    this.#why = 'page_process';
    let child: PageProcess;
    try {
      child = new PageProcess({ program, order, logger });
    } catch (error) {
      logger.error({ error: messageOf(error) }, 'could not start a page process');
      this.#gone();
      return;
    }
    this.#process = child;
    this.#cancelDeadline = this.#scope.after(policy.launchTimeoutMs + policy.joinTimeoutMs, () => {
      this.#why = 'page_slow';
      child.close();
    });
    child.events.on('status', (status) => this.#handle(child, status));
    const gone = (): void => {
      this.#process = undefined;
      this.#gone();
    };
    whenClosed(child, gone, logFaults(logger, 'the end of a page failed'));
  }

  #handle(child: PageProcess, status: PageStatus): void {
    const { logger, clock } = this.#options;
    switch (status.type) {
      case 'offer':
        this.#publish(child, status).catch((error: unknown) => {
          logger.error({ error: messageOf(error) }, 'the tracks of a page could not be taken');
          this.#why = 'page_unseen';
          child.close();
        });
        return;
      case 'shown':
        this.#cancelDeadline();
        this.#health = { ...this.#health, shownAt: clock.now() };
        logger.info({ tries: this.#health.tries }, 'page shown');
        this.#show(this.#wanted);
        return;
      case 'gone':
        this.#why = status.code;
        logger.warn({ code: status.code, detail: status.message, tries: this.#health.tries }, 'page gone');
    }
  }

  async #publish(child: PageProcess, { sdp, tracks }: Extract<PageStatus, { type: 'offer' }>): Promise<void> {
    const router = await this.#options.router();
    const publishing = await router.createPublishing({ peerId: `page-${randomUUID()}` });
    if (this.#process !== child) {
      publishing.close();
      return;
    }
    this.#publishing = publishing;
    this.#wanted = tracks;
    publishing.events.on('connectionState', ({ state }) => {
      if (state !== 'failed' && state !== 'closed') return;
      if (this.#publishing !== publishing) return;
      this.#why = 'page_unseen';
      child.close();
    });
    const common = { streamId: 'page', source: 'screen', muted: false };
    const { answer } = await publishing.handleOffer({
      sdp,
      tracks: new Map([
        [tracks.video, { ...common, trackId: tracks.video, kind: 'video' }],
        [tracks.audio, { ...common, trackId: tracks.audio, kind: 'audio' }],
      ]),
    });
    child.answer(answerForThisMachine(answer, this.#options.localAddress));
  }

  #show(tracks: PageTracks | null): void {
    if (tracks === this.#tracks) return;
    this.#tracks = tracks;
    this.events.emit('shown', { tracks });
  }

  #gone(): void {
    const { policy, clock, logger } = this.#options;
    this.#cancelDeadline();
    const publishing = this.#publishing;
    this.#publishing = undefined;
    this.#wanted = null;
    publishing?.close();
    if (!this.#isClosing) this.#show(null);
    const then = this.#isClosing ? 'failed' : afterGone(this.#health, clock.now(), policy);
    if (then !== 'failed') {
      this.#health = then.next;
      this.#scope.after(then.waitMs, () => {
        if (!this.#isClosing) this.#open();
      });
      return;
    }
    if (!this.#isClosing) {
      logger.error({ code: this.#why, tries: this.#health.tries }, 'page given up');
      this.events.emit('failed', { code: this.#why });
    }
    this.#scope.close();
  }
}
