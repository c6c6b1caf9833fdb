import { randomBytes } from 'node:crypto';
import type { Clock } from '@amphi/base';
import { and, asc, eq, isNull } from 'drizzle-orm';
import type { Database, Dropping } from '../database.ts';
import { newObjectId } from '../object-id.ts';
import { accessKeys, workspaces } from '../schema.ts';

export type Workspace = typeof workspaces.$inferSelect;
export type AccessKey = typeof accessKeys.$inferSelect;

/** Bytes of a secret before base64url; the text of 64 characters is the HMAC key. */
const SECRET_BYTES = 48;

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
      const [key] = await tx
        .insert(accessKeys)
        .values({
          accessKey: randomBytes(12).toString('hex'),
          workspaceId: made!.id,
          secret: randomBytes(SECRET_BYTES).toString('base64url'),
          createdAt: now,
        })
        .returning();
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

  /** Tokens signed with the key are refused from now on. */
  async revokeKey(accessKey: string): Promise<void> {
    const writing = this.#db
      .update(accessKeys)
      .set({ revokedAt: new Date(this.#clock.now()) })
      .where(eq(accessKeys.accessKey, accessKey));
    await this.#dropping(writing);
  }
}
