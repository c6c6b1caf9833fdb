import { randomBytes } from 'node:crypto';
import type { Clock } from '@amphi/base';
import { and, asc, eq, isNull } from 'drizzle-orm';
import type { Database, Dropping } from '../database.ts';
import { StoreError } from '../errors.ts';
import { newObjectId } from '../object-id.ts';
import { accessKeys, workspaces } from '../schema.ts';

export type Workspace = typeof workspaces.$inferSelect;
export type AccessKey = typeof accessKeys.$inferSelect;

/** Bytes of a secret before base64url; the text of 64 characters is the HMAC key. */
const SECRET_BYTES = 48;
/** That sign at a time. */
const MAX_KEYS = 20;

/** Workspaces and the keys that sign their tokens. */
export class WorkspaceRepository {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #dropping: Dropping;

  constructor(db: Database, clock: Clock, dropping: Dropping) {
    this.#db = db;
    this.#clock = clock;
    this.#dropping = dropping;
  }

  /** The oldest one: the workspace made at the first start. */
  async first(): Promise<Workspace | undefined> {
    const [row] = await this.#db.select().from(workspaces).orderBy(asc(workspaces.id)).limit(1);
    return row;
  }

  /** Makes a workspace with a first key pair. */
  async create(workspace: { readonly name: string }): Promise<{ workspace: Workspace; key: AccessKey }> {
    const now = new Date(this.#clock.now());
    const creating = this.#db.transaction(async (tx) => {
      const [made] = await tx
        .insert(workspaces)
        .values({ id: newObjectId(now.getTime()), name: workspace.name, createdAt: now })
        .returning();
      const [key] = await tx.insert(accessKeys).values(newKey(made!.id, now)).returning();
      return { workspace: made!, key: key! };
    });
    return this.#dropping(creating);
  }

  /** A key that signs and verifies; revoked ones are not found. */
  async findKey(accessKey: string): Promise<AccessKey | undefined> {
    const [row] = await this.#db
      .select()
      .from(accessKeys)
      .where(and(eq(accessKeys.accessKey, accessKey), isNull(accessKeys.revokedAt)));
    return row;
  }

  /** The oldest key of the workspace that is not revoked. */
  async signingKey(workspaceId: string): Promise<AccessKey | undefined> {
    const [row] = await this.#db
      .select()
      .from(accessKeys)
      .where(and(eq(accessKeys.workspaceId, workspaceId), isNull(accessKeys.revokedAt)))
      .orderBy(asc(accessKeys.createdAt), asc(accessKeys.accessKey))
      .limit(1);
    return row;
  }

  /** Those that sign, oldest first. */
  async keysOf(workspaceId: string): Promise<AccessKey[]> {
    return this.#db
      .select()
      .from(accessKeys)
      .where(and(eq(accessKeys.workspaceId, workspaceId), isNull(accessKeys.revokedAt)))
      .orderBy(asc(accessKeys.createdAt), asc(accessKeys.accessKey));
  }

  /** Another pair, beside those there are. @throws StoreError `taken` when there are as many as may be */
  async addKey(workspaceId: string): Promise<AccessKey> {
    const adding = this.#db.transaction(async (tx) => {
      const known = await signingKeys(tx, workspaceId);
      if (known.length >= MAX_KEYS) throw new StoreError('taken', `keys: at most ${MAX_KEYS}, revoke one first`);
      const [key] = await tx
        .insert(accessKeys)
        .values(newKey(workspaceId, new Date(this.#clock.now())))
        .returning();
      return key!;
    });
    return this.#dropping(adding);
  }

  /**
   * Tokens signed with the key are refused from now on. The last one stays: by none, nobody could come in any more.
   * @throws StoreError `not_found`, `taken` for the last
   */
  async revokeKey(workspaceId: string, accessKey: string): Promise<void> {
    const revoking = this.#db.transaction(async (tx) => {
      const known = await signingKeys(tx, workspaceId);
      if (!known.includes(accessKey)) throw new StoreError('not_found', `key: no key ${accessKey}`);
      if (known.length === 1) throw new StoreError('taken', 'key: the only one cannot be revoked, make another first');
      await tx
        .update(accessKeys)
        .set({ revokedAt: new Date(this.#clock.now()) })
        .where(eq(accessKeys.accessKey, accessKey));
    });
    await this.#dropping(revoking);
  }
}

function newKey(workspaceId: string, createdAt: Date): typeof accessKeys.$inferInsert {
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  return { accessKey: randomBytes(12).toString('hex'), workspaceId, secret, createdAt };
}

/** Held, with the workspace, until the transaction ends: of two that revoke at once the second counts what is left. */
async function signingKeys(tx: Database, workspaceId: string): Promise<string[]> {
  await tx.select({ id: workspaces.id }).from(workspaces).where(eq(workspaces.id, workspaceId)).for('update');
  const rows = await tx
    .select({ accessKey: accessKeys.accessKey })
    .from(accessKeys)
    .where(and(eq(accessKeys.workspaceId, workspaceId), isNull(accessKeys.revokedAt)));
  return rows.map(({ accessKey }) => accessKey);
}
