import type { Clock } from '@amphi/base';
import type { MemberRole } from '@amphi/protocol';
import { and, asc, eq, gt, isNull, lte, ne } from 'drizzle-orm';
import type { Database } from '../database.ts';
import { orTaken } from '../errors.ts';
import { newObjectId } from '../object-id.ts';
import { oneTimeCodes, ownerSessions, owners } from '../schema.ts';

export type Owner = typeof owners.$inferSelect;
export type OwnerSession = typeof ownerSessions.$inferSelect;

/** Accounts of the dashboard, whatever their role, with their sessions and one-time sign-in codes. Tokens and codes come in as hashes. */
export class OwnerRepository {
  readonly #db: Database;
  readonly #clock: Clock;

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** @param owner of whom nothing else is said owns the workspace. @throws StoreError `taken` */
  async create(owner: {
    readonly workspaceId: string;
    readonly email: string;
    readonly role?: MemberRole;
  }): Promise<Owner> {
    const now = this.#now();
    const email = owner.email.toLowerCase();
    return orTaken(`owner: ${email} has an account already`, async () => {
      const [row] = await this.#db
        .insert(owners)
        .values({
          id: newObjectId(now.getTime()),
          ...owner,
          email,
          createdAt: now,
          updatedAt: now,
        })
        .returning();
      return row!;
    });
  }

  async findByEmail(email: string): Promise<Owner | undefined> {
    const [row] = await this.#db.select().from(owners).where(eq(owners.email, email.toLowerCase()));
    return row;
  }

  /** The oldest account that owns the workspace. */
  async firstOf(workspaceId: string): Promise<Owner | undefined> {
    const [row] = await this.#db
      .select()
      .from(owners)
      .where(and(eq(owners.workspaceId, workspaceId), eq(owners.role, 'owner')))
      .orderBy(asc(owners.id))
      .limit(1);
    return row;
  }

  /** Sets the password and ends the owner's other sessions: whoever knew the old one is out. */
  async setPassword(
    ownerId: string,
    change: { readonly passwordHash: string; readonly keepSession?: string },
  ): Promise<void> {
    await this.#db.transaction(async (tx) => {
      await tx
        .update(owners)
        .set({ passwordHash: change.passwordHash, updatedAt: this.#now() })
        .where(eq(owners.id, ownerId));
      await tx
        .delete(ownerSessions)
        .where(
          change.keepSession === undefined
            ? eq(ownerSessions.ownerId, ownerId)
            : and(eq(ownerSessions.ownerId, ownerId), ne(ownerSessions.tokenHash, change.keepSession)),
        );
    });
  }

  async createSession(session: {
    readonly tokenHash: string;
    readonly ownerId: string;
    readonly byLink: boolean;
    readonly expiresAt: Date;
  }): Promise<void> {
    await this.#db.insert(ownerSessions).values({ ...session, createdAt: this.#now() });
  }

  /** The session and its owner; nothing once it has expired. */
  async findSession(tokenHash: string): Promise<{ session: OwnerSession; owner: Owner } | undefined> {
    const [row] = await this.#db
      .select({ session: ownerSessions, owner: owners })
      .from(ownerSessions)
      .innerJoin(owners, eq(owners.id, ownerSessions.ownerId))
      .where(and(eq(ownerSessions.tokenHash, tokenHash), gt(ownerSessions.expiresAt, this.#now())));
    return row;
  }

  async extendSession(tokenHash: string, expiresAt: Date): Promise<void> {
    await this.#db.update(ownerSessions).set({ expiresAt }).where(eq(ownerSessions.tokenHash, tokenHash));
  }

  async deleteSession(tokenHash: string): Promise<void> {
    await this.#db.delete(ownerSessions).where(eq(ownerSessions.tokenHash, tokenHash));
  }

  async createOneTimeCode(code: {
    readonly codeHash: string;
    readonly ownerId: string;
    readonly expiresAt: Date;
  }): Promise<void> {
    await this.#db.insert(oneTimeCodes).values({ ...code, createdAt: this.#now() });
  }

  /** Uses the code up. Of several calls with one code, one gets the owner; the rest, and late ones, get nothing. */
  async consumeOneTimeCode(codeHash: string): Promise<Owner | undefined> {
    const now = this.#now();
    return this.#db.transaction(async (tx) => {
      const [used] = await tx
        .update(oneTimeCodes)
        .set({ usedAt: now })
        .where(and(eq(oneTimeCodes.codeHash, codeHash), isNull(oneTimeCodes.usedAt), gt(oneTimeCodes.expiresAt, now)))
        .returning();
      if (!used) return undefined;
      const [owner] = await tx.select().from(owners).where(eq(owners.id, used.ownerId));
      return owner;
    });
  }

  /** Deletes sessions and codes that can no longer be used because of their age. */
  async purgeExpired(): Promise<void> {
    const now = this.#now();
    await this.#db.delete(ownerSessions).where(lte(ownerSessions.expiresAt, now));
    await this.#db.delete(oneTimeCodes).where(lte(oneTimeCodes.expiresAt, now));
  }

  #now(): Date {
    return new Date(this.#clock.now());
  }
}
