import type { Clock } from '@amphi/base';
import type { PollBody, PollResponse } from '@amphi/protocol';
import { and, desc, eq, inArray, lt } from 'drizzle-orm';
import type { Database, Dropping } from '../database.ts';
import { StoreError } from '../errors.ts';
import { newObjectId } from '../object-id.ts';
import { pollResponses, pollSessions, polls } from '../schema.ts';

export type Poll = typeof polls.$inferSelect;
export type PollSession = typeof pollSessions.$inferSelect;
export type PollResponseRow = typeof pollResponses.$inferSelect;

export interface PollOutcome {
  readonly pollId: string;
  readonly workspaceId: string;
  readonly sessionId: string;
  readonly startedAt: Date;
  readonly stoppedAt: Date;
  readonly participants: number;
  readonly answers: readonly {
    readonly response: PollResponse;
    readonly at: Date;
    readonly score: number;
    readonly peerId: string;
    readonly userId: string;
  }[];
}

export interface PollPage {
  readonly pollId: string;
  readonly sessionId?: string | undefined;
  /** Index of a question. */
  readonly question?: number | undefined;
  readonly limit: number;
  /** Id of the last element of the page before. */
  readonly start?: string | undefined;
}

/** Rows of one statement. */
const CHUNK = 1_000;

/** Polls that back ends make, and what came of them in sessions. */
export class PollRepository {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #dropping: Dropping;

  constructor(db: Database, clock: Clock, dropping: Dropping) {
    this.#db = db;
    this.#clock = clock;
    this.#dropping = dropping;
  }

  async create(workspaceId: string, body: PollBody): Promise<Poll> {
    const now = new Date(this.#clock.now());
    const [row] = await this.#db
      .insert(polls)
      .values({ id: newObjectId(now.getTime()), workspaceId, body, createdAt: now, updatedAt: now })
      .returning();
    return row!;
  }

  async find(pollId: string): Promise<Poll | undefined> {
    const [row] = await this.#db.select().from(polls).where(eq(polls.id, pollId));
    return row;
  }

  /** Those of them that the workspace has. */
  async known(workspaceId: string, ids: readonly string[]): Promise<string[]> {
    if (ids.length === 0) return [];
    const rows = await this.#db
      .select({ id: polls.id })
      .from(polls)
      .where(and(eq(polls.workspaceId, workspaceId), inArray(polls.id, [...ids])));
    return rows.map(({ id }) => id);
  }

  /** Reads, applies `change` and writes back, with no other change in between. @throws StoreError `not_found` */
  async change(pollId: string, change: (body: PollBody) => PollBody): Promise<Poll> {
    const changing = this.#db.transaction(async (tx) => {
      const [row] = await tx.select().from(polls).where(eq(polls.id, pollId)).for('update');
      if (!row) throw new StoreError('not_found', `poll: no poll ${pollId}`);
      const [changed] = await tx
        .update(polls)
        .set({ body: change(row.body), updatedAt: new Date(this.#clock.now()) })
        .where(eq(polls.id, pollId))
        .returning();
      return changed!;
    });
    return this.#dropping(changing);
  }

  /** Nothing for polls that people made in the session, which nobody could ask for. */
  async record(outcome: PollOutcome): Promise<void> {
    const { pollId, workspaceId, sessionId, startedAt, stoppedAt, participants, answers } = outcome;
    if ((await this.known(workspaceId, [pollId])).length === 0) return;
    const id = (): string => newObjectId(stoppedAt.getTime());
    await this.#db
      .insert(pollSessions)
      .values({ id: id(), pollId, sessionId, startedAt, stoppedAt, totalResponses: answers.length, participants });
    for (let from = 0; from < answers.length; from += CHUNK) {
      const rows = answers.slice(from, from + CHUNK).map(({ response, at, ...rest }) => {
        return { id: id(), pollId, sessionId, question: response.question, response, sentAt: at, ...rest };
      });
      await this.#db.insert(pollResponses).values(rows);
    }
  }

  /** Newest first, as all lists of this repository. */
  async listSessions({ pollId, sessionId, limit, start }: PollPage): Promise<PollSession[]> {
    return this.#db
      .select()
      .from(pollSessions)
      .where(
        and(
          eq(pollSessions.pollId, pollId),
          sessionId === undefined ? undefined : eq(pollSessions.sessionId, sessionId),
          start === undefined ? undefined : lt(pollSessions.id, start),
        ),
      )
      .orderBy(desc(pollSessions.id))
      .limit(limit);
  }

  async listResponses({ pollId, question, limit, start }: PollPage): Promise<PollResponseRow[]> {
    return this.#db
      .select()
      .from(pollResponses)
      .where(
        and(
          eq(pollResponses.pollId, pollId),
          question === undefined ? undefined : eq(pollResponses.question, question),
          start === undefined ? undefined : lt(pollResponses.id, start),
        ),
      )
      .orderBy(desc(pollResponses.id))
      .limit(limit);
  }

  async findResponse(pollId: string, id: string): Promise<PollResponseRow | undefined> {
    const [row] = await this.#db
      .select()
      .from(pollResponses)
      .where(and(eq(pollResponses.pollId, pollId), eq(pollResponses.id, id)));
    return row;
  }
}
