import { assert, type Clock } from '@amphi/base';
import { type RoomLook, type TemplateBody, templateBody } from '@amphi/protocol';
import { and, desc, eq, lt, type SQL } from 'drizzle-orm';
import type { Database, Dropping } from '../database.ts';
import { orTaken, StoreError } from '../errors.ts';
import { newObjectId } from '../object-id.ts';
import { apps, templates } from '../schema.ts';

export type App = typeof apps.$inferSelect;
/** A template as it is used: its body has every default filled in. */
export type Template = typeof templates.$inferSelect;

export interface NewApp {
  readonly workspaceId: string;
  readonly name: string;
  readonly subdomain: string;
  readonly region: App['region'];
  readonly kit: App['kit'];
  readonly template: TemplateBody;
}

/** Apps, each with its template. */
export class AppRepository {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #dropping: Dropping;

  constructor(db: Database, clock: Clock, dropping: Dropping) {
    this.#db = db;
    this.#clock = clock;
    this.#dropping = dropping;
  }

  /** The first template of a workspace becomes its default. @throws StoreError `taken` (subdomain or template name) */
  async create(app: NewApp): Promise<{ app: App; template: Template }> {
    const now = new Date(this.#clock.now());
    return this.#db.transaction(async (tx) => {
      const [made] = await orTaken(`subdomain: ${app.subdomain} is in use already`, () =>
        tx
          .insert(apps)
          .values({
            id: newObjectId(now.getTime()),
            workspaceId: app.workspaceId,
            name: app.name,
            subdomain: app.subdomain,
            region: app.region,
            kit: app.kit,
            createdAt: now,
          })
          .returning(),
      );
      const [other] = await tx
        .select({ id: templates.id })
        .from(templates)
        .where(and(eq(templates.workspaceId, app.workspaceId), eq(templates.isDefault, true)))
        .limit(1);
      const [template] = await orTaken(`name: ${app.template.name} is the name of another template`, () =>
        tx
          .insert(templates)
          .values({
            id: newObjectId(now.getTime()),
            workspaceId: app.workspaceId,
            appId: made!.id,
            name: app.template.name,
            isDefault: other === undefined,
            body: app.template,
            createdAt: now,
            updatedAt: now,
          })
          .returning(),
      );
      return { app: made!, template: complete(template!) };
    });
  }

  /** Newest first. */
  async list(workspaceId: string): Promise<App[]> {
    return this.#db.select().from(apps).where(eq(apps.workspaceId, workspaceId)).orderBy(desc(apps.id));
  }

  async find(workspaceId: string, appId: string): Promise<{ app: App; template: Template } | undefined> {
    const [row] = await this.#db
      .select({ app: apps, template: templates })
      .from(apps)
      .innerJoin(templates, eq(templates.appId, apps.id))
      .where(and(eq(apps.workspaceId, workspaceId), eq(apps.id, appId)));
    return row && { app: row.app, template: complete(row.template) };
  }

  findTemplate(templateId: string): Promise<Template | undefined> {
    return readTemplate(this.#db, eq(templates.id, templateId));
  }

  defaultTemplate(workspaceId: string): Promise<Template | undefined> {
    return readTemplate(this.#db, isDefaultOf(workspaceId));
  }

  async findTemplateByName(workspaceId: string, name: string): Promise<Template | undefined> {
    const [row] = await this.#db
      .select()
      .from(templates)
      .where(and(eq(templates.workspaceId, workspaceId), eq(templates.name, name)));
    return row && complete(row);
  }

  /** Newest first; `start` is the id of the last element of the page before. */
  async listTemplates(page: {
    readonly workspaceId: string;
    readonly name?: string | undefined;
    readonly isDefault?: boolean | undefined;
    readonly limit: number;
    readonly start?: string | undefined;
  }): Promise<Template[]> {
    const rows = await this.#db
      .select()
      .from(templates)
      .where(
        and(
          eq(templates.workspaceId, page.workspaceId),
          page.name === undefined ? undefined : eq(templates.name, page.name),
          page.isDefault === undefined ? undefined : eq(templates.isDefault, page.isDefault),
          page.start === undefined ? undefined : lt(templates.id, page.start),
        ),
      )
      .orderBy(desc(templates.id))
      .limit(page.limit);
    return rows.map(complete);
  }

  /**
   * Reads the template, applies `change` and writes it back, with no other change in between.
   * @returns it before and after
   * @throws StoreError `not_found`; `taken` when another template of the workspace has the name
   */
  async changeTemplate(
    templateId: string,
    change: (body: TemplateBody) => TemplateBody,
  ): Promise<{ readonly before: Template; readonly after: Template }> {
    const changing = this.#db.transaction(async (tx) => {
      const [row] = await tx.select().from(templates).where(eq(templates.id, templateId)).for('update');
      if (!row) throw new StoreError('not_found', `template: no template ${templateId}`);
      const before = complete(row);
      const body = change(before.body);
      const [changed] = await orTaken(`name: ${body.name} is the name of another template`, () =>
        tx
          .update(templates)
          .set({ name: body.name, body, updatedAt: new Date(this.#clock.now()) })
          .where(eq(templates.id, templateId))
          .returning(),
      );
      await tx.update(apps).set({ region: body.settings.region }).where(eq(apps.id, row.appId));
      return { before, after: complete(changed!) };
    });
    return this.#dropping(changing);
  }

  /** Says how the rooms of a template look; null: as they do by themselves. @throws StoreError `not_found` */
  async setLook(templateId: string, look: RoomLook | null): Promise<Template> {
    const setting = this.#db.update(templates).set({ look }).where(eq(templates.id, templateId)).returning();
    const [row] = await this.#dropping(setting);
    if (!row) throw new StoreError('not_found', `template: no template ${templateId}`);
    return complete(row);
  }

  /** A role of the template has another name: what was said of it stays. */
  async renameRoleOfLook(templateId: string, from: string, to: string): Promise<void> {
    const renaming = this.#db.transaction(async (tx) => {
      const [row] = await tx.select().from(templates).where(eq(templates.id, templateId)).for('update');
      if (!row?.look) return;
      await tx
        .update(templates)
        .set({ look: renamed(row.look, from, to) })
        .where(eq(templates.id, templateId));
    });
    await this.#dropping(renaming);
  }
}

function renamed(look: RoomLook, from: string, to: string): RoomLook {
  const name = (role: string): string => (role === from ? to : role);
  const roles = Object.entries(look.roles).map(([role, { onStageRole, offStageRoles, ...rest }]) => {
    const stage = {
      ...(onStageRole !== undefined && { onStageRole: name(onStageRole) }),
      ...(offStageRoles && { offStageRoles: offStageRoles.map(name) }),
    };
    return [name(role), { ...rest, ...stage }] as const;
  });
  return { ...look, roles: Object.fromEntries(roles) };
}

/** The template by id, or a workspace's default one (`isDefaultOf`). */
export async function readTemplate(db: Database, which: SQL | undefined): Promise<Template | undefined> {
  const [row] = await db.select().from(templates).where(which).limit(1);
  return row && complete(row);
}

export function isDefaultOf(workspaceId: string): SQL | undefined {
  return and(eq(templates.workspaceId, workspaceId), eq(templates.isDefault, true));
}

/** Rows written by an earlier version lack what was added since; the schema's defaults fill it in. */
export function complete(row: Template): Template {
  const body = templateBody.safeParse(row.body);
  assert(body.success, `template ${row.id} is stored in a form that cannot be read`);
  return { ...row, body: body.data };
}
