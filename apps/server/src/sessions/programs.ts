import { isDeepStrictEqual } from 'node:util';
import { type Composition, RECORDER_ROLE } from '@amphi/protocol';
import type { Session } from '@amphi/rooms';
import type { EgressJob } from '../egress-jobs/egress-job.ts';
import type { EgressJobs } from '../egress-jobs/egress-jobs.ts';
import type { Feed, JobOutput } from '../egress-jobs/feed.ts';
import { isSameEncoding, type Program } from '../egress-jobs/program.ts';
import type { WebPage } from '../web-pages/web-page.ts';
import type { WebPages } from '../web-pages/web-pages.ts';
import type { MediaPlane } from './media-plane.ts';
import type { ClientTokens } from './ports/rooms.ts';
import { hashToken } from './token-hash.ts';

/** A program that is composed, by one process at a time. */
interface RunningProgram {
  program: Program;
  readonly job: EgressJob;
  /** What is shown in place of the stage. */
  readonly page: WebPage | undefined;
  /** Of the token of its present process; no other may be the hidden peer. */
  tokenHash: string | undefined;
}

/** An output with what it is fed by. */
export interface ProgramFeed {
  readonly feed: Feed;
  /** Fed no more; what was made of it until now still comes. `feed.over` tells when it is done. */
  end(): void;
  /** Has the process told anew what the output is to be like. */
  renew(): void;
  /** Every how many-th picture its rungs below the top get at present; `feed` tells of each change. */
  readonly pictureStep: number;
  /** Draws the whole program otherwise, for all that is fed by it. */
  recompose(composition: Composition): void;
  /** Makes it in another shape, for live streams and those who watch by WHEP; other outputs keep the pictures that they have. */
  reshape(program: Program): void;
}

/** What is composed of one session. Outputs share a process where they want the same pictures. */
export class Programs {
  readonly #session: Session;
  readonly #jobs: EgressJobs;
  readonly #tokens: ClientTokens;
  readonly #pages: Pick<WebPages, 'open'>;
  readonly #plane: Pick<MediaPlane, 'router'>;
  readonly #dismissBearer: (tokenHash: string) => void;
  readonly #running = new Set<RunningProgram>();

  constructor(options: {
    readonly session: Session;
    readonly jobs: EgressJobs;
    readonly tokens: ClientTokens;
    readonly pages: Pick<WebPages, 'open'>;
    readonly plane: Pick<MediaPlane, 'router'>;
    /** Takes the peer that came with the token out of the session. */
    readonly dismissBearer: (tokenHash: string) => void;
  }) {
    this.#session = options.session;
    this.#jobs = options.jobs;
    this.#tokens = options.tokens;
    this.#pages = options.pages;
    this.#plane = options.plane;
    this.#dismissBearer = options.dismissBearer;
  }

  /** Whether the bearer of the token composes this session. */
  isRecorder(tokenHash: string): boolean {
    return [...this.#running].some((running) => running.tokenHash === tokenHash);
  }

  /** Whether it is a track of a page that is shown: of nobody in the session, and for those who compose it alone. */
  ownsTrack(trackId: string): boolean {
    return [...this.#running].some(({ page }) => Object.values(page?.tracks ?? {}).includes(trackId));
  }

  /** @throws PublicError 503 when it would need a process that the server has no room for */
  requireCapacity(program: Program): void {
    if (!this.#sharing(program)) this.#jobs.requireCapacity(program);
  }

  /**
   * Feeds an output: from the process that makes such pictures already, as it draws them now; or from a new one.
   * @throws PublicError as `requireCapacity`
   */
  feed(program: Program, output: JobOutput): ProgramFeed {
    const running = this.#sharing(program) ?? this.#start(program);
    const { job } = running;
    return {
      feed: job.feed(output),
      end: () => job.unfeed(output.id),
      renew: () => job.renew(),
      get pictureStep() {
        return job.pictureStep;
      },
      recompose: (composition) => this.#recompose(running, composition),
      reshape: (next) => {
        running.program = next;
        job.reshape(next);
      },
    };
  }

  /** Resolves when all processes that drain are gone. */
  async closed(): Promise<void> {
    await Promise.all([...this.#running].map(({ job, page }) => Promise.all([job.closed, page?.closed])));
  }

  #sharing(program: Program): RunningProgram | undefined {
    return [...this.#running].find(({ job, program: other }) => job.isOpen && isSameEncoding(program, other));
  }

  #start(program: Program): RunningProgram {
    const { roomId, roomName } = this.#session.settings;
    const before = [...this.#running].filter(({ job }) => !job.isOpen).map(({ job }) => job.closed);
    const job = this.#jobs.start({
      roomName,
      program,
      issueToken: async () => {
        // One process at a time: those before this one have their last seconds to finish.
        await Promise.all(before);
        const token = await this.#tokens.issue({ roomId, role: RECORDER_ROLE, userId: RECORDER_ROLE });
        // The process before this one is gone, and will not come back for its place in the session.
        this.#dismiss(running);
        running.tokenHash = hashToken(token);
        return token;
      },
    });
    const page = program.pageUrl === undefined ? undefined : this.#showPage(program, job);
    const running: RunningProgram = { program, tokenHash: undefined, job, page };
    this.#running.add(running);
    void job.closed.then(async () => {
      this.#dismiss(running);
      page?.close();
      await page?.closed;
      this.#running.delete(running);
    });
    return running;
  }

  /** The page is there as long as the job is. */
  #showPage(program: Program, job: EgressJob): WebPage {
    const page = this.#pages.open(program, () => this.#plane.router());
    page.events.on('shown', ({ tracks }) => job.showPage(tracks));
    page.events.once('failed', ({ code }) => job.fail(code));
    return page;
  }

  #recompose(running: RunningProgram, composition: Composition): void {
    if (isDeepStrictEqual(running.program.composition, composition)) return;
    running.program = { ...running.program, composition };
    running.job.recompose(composition);
  }

  #dismiss(running: RunningProgram): void {
    if (running.tokenHash !== undefined) this.#dismissBearer(running.tokenHash);
    running.tokenHash = undefined;
  }
}
