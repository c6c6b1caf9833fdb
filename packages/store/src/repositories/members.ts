import type { Clock } from '@amphi/base';
import type { MemberRole } from '@amphi/protocol';
import { and, asc, eq, gt, lte } from 'drizzle-orm';
import type { Database, Dropping } from '../database.ts';
import { orTaken, StoreError } from '../errors.ts';
import { newObjectId } from '../object-id.ts';
import { invitations, owners, workspaces } from '../schema.ts';
import type { Owner } from './owners.ts';

export type Invitation = typeof invitations.$inferSelect;

/** Who is let in to a workspace's dashboard, and who has been asked to. A workspace never is without an owner. */
export class MemberRepository {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #dropping: Dropping;

  constructor(db: Database, clock: Clock, dropping: Dropping) {
    this.#db = db;
    this.#clock = clock;
    this.#dropping = dropping;
  }

  /** Oldest first. */
  async list(workspaceId: string): Promise<Owner[]> {
    return this.#db.select().from(owners).where(eq(owners.workspaceId, workspaceId)).orderBy(asc(owners.id));
  }

  /**
   * @param judge throws when the member, as it is now, is not to be changed so
   * @throws StoreError `not_found`, `taken` when there would be no owner any more
   */
  async changeRole(
    { workspaceId, memberId, role }: { workspaceId: string; memberId: string; role: MemberRole },
    judge: (member: Owner) => void = () => {},
  ): Promise<Owner> {
    const changing = this.#db.transaction(async (tx) => {
      const member = await this.#held(tx, { workspaceId, memberId, stays: role === 'owner' }, judge);
      const [row] = await tx
        .update(owners)
        .set({ role, updatedAt: this.#now() })
        .where(eq(owners.id, member.id))
        .returning();
      return row!;
    });
    return this.#dropping(changing);
  }

  /** Takes the account away with its sessions: it is signed out everywhere. As `changeRole`. */
  async remove(
    { workspaceId, memberId }: { workspaceId: string; memberId: string },
    judge: (member: Owner) => void = () => {},
  ): Promise<void> {
    const removing = this.#db.transaction(async (tx) => {
      const member = await this.#held(tx, { workspaceId, memberId, stays: false }, judge);
      await tx.delete(owners).where(eq(owners.id, member.id));
    });
    await this.#dropping(removing);
  }

  /** Takes the place of an earlier one for the same address. @throws StoreError `taken` for who has an account */
  async invite(
    invitation: Omit<Invitation, 'id' | 'createdAt'>,
    options: { readonly max: number },
  ): Promise<Invitation> {
    const createdAt = this.#now();
    const email = invitation.email.toLowerCase();
    return this.#db.transaction(async (tx) => {
      await holdWorkspace(tx, invitation.workspaceId);
      const [known] = await tx.select({ id: owners.id }).from(owners).where(eq(owners.email, email));
      if (known) throw new StoreError('taken', `invitation: ${email} has an account already`);
      await tx.delete(invitations).where(lte(invitations.expiresAt, createdAt));
      await tx
        .delete(invitations)
        .where(and(eq(invitations.workspaceId, invitation.workspaceId), eq(invitations.email, email)));
      const open = await tx.$count(invitations, eq(invitations.workspaceId, invitation.workspaceId));
      if (open >= options.max) {
        throw new StoreError('taken', `invitation: ${options.max} are open; withdraw one first`);
      }
      const id = newObjectId(createdAt.getTime());
      const [row] = await tx
        .insert(invitations)
        .values({ ...invitation, email, id, createdAt })
        .returning();
      return row!;
    });
  }

  /** Those that can still be used, oldest first. */
  async invitations(workspaceId: string): Promise<Invitation[]> {
    return this.#db
      .select()
      .from(invitations)
      .where(and(eq(invitations.workspaceId, workspaceId), gt(invitations.expiresAt, this.#now())))
      .orderBy(asc(invitations.id));
  }

  /** @param judge as in `changeRole`. @throws StoreError `not_found` */
  async withdraw(
    { workspaceId, invitationId }: { workspaceId: string; invitationId: string },
    judge: (invitation: Invitation) => void = () => {},
  ): Promise<void> {
    await this.#db.transaction(async (tx) => {
      const [row] = await tx
        .delete(invitations)
        .where(and(eq(invitations.id, invitationId), eq(invitations.workspaceId, workspaceId)))
        .returning();
      if (!row) throw new StoreError('not_found', `invitation: no invitation ${invitationId}`);
      judge(row);
    });
  }

  /** Nothing for one that was used or withdrawn, or whose time is over. */
  async findInvitation(codeHash: string): Promise<Invitation | undefined> {
    const [row] = await this.#db
      .select()
      .from(invitations)
      .where(and(eq(invitations.codeHash, codeHash), gt(invitations.expiresAt, this.#now())));
    return row;
  }

  /**
   * Makes the account that the invitation is for. Of several calls with one code, one gets it; the rest, and late ones, get
   * nothing.
   * @throws StoreError `taken` for an address that has got an account meanwhile
   */
  async accept(codeHash: string, passwordHash: string): Promise<Owner | undefined> {
    const now = this.#now();
    return this.#db.transaction(async (tx) => {
      const [used] = await tx
        .delete(invitations)
        .where(and(eq(invitations.codeHash, codeHash), gt(invitations.expiresAt, now)))
        .returning();
      if (!used) return undefined;
      const { workspaceId, email, role } = used;
      return orTaken(`invitation: ${email} has an account already`, async () => {
        const [row] = await tx
          .insert(owners)
          .values({
            id: newObjectId(now.getTime()),
            workspaceId,
            email,
            role,
            passwordHash,
            createdAt: now,
            updatedAt: now,
          })
          .returning();
        return row!;
      });
    });
  }

  /** The member, which nobody else changes until the transaction ends. */
  async #held(
    tx: Database,
    { workspaceId, memberId, stays }: { workspaceId: string; memberId: string; stays: boolean },
    judge: (member: Owner) => void,
  ): Promise<Owner> {
    await holdWorkspace(tx, workspaceId);
    const members = await tx.select().from(owners).where(eq(owners.workspaceId, workspaceId));
    const member = members.find(({ id }) => id === memberId);
    if (!member) throw new StoreError('not_found', `member: no member ${memberId}`);
    judge(member);
    const isOnlyOwner = member.role === 'owner' && members.filter(({ role }) => role === 'owner').length === 1;
    if (isOnlyOwner && !stays) throw new StoreError('taken', 'member: the only owner stays; make another one first');
    return member;
  }

  #now(): Date {
    return new Date(this.#clock.now());
  }
}

/** Of two that change who owns a workspace at once the second sees what the first has left. */
async function holdWorkspace(tx: Database, workspaceId: string): Promise<void> {
  await tx.select({ id: workspaces.id }).from(workspaces).where(eq(workspaces.id, workspaceId)).for('update');
}
