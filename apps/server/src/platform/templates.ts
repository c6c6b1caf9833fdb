import {
  boardRolesOf,
  type CompositionWish,
  compositionOf,
  type HlsDestination,
  PublicError,
  type Role,
  type RoleBody,
  roleOfBody,
  type TemplateBody,
} from '@amphi/protocol';
import { newObjectId, type Store, StoreError, type Template } from '@amphi/store';
import type { SessionHost } from '../sessions/ports/host.ts';

/** What a change of a template needs: where it is written, and whom it concerns at once. */
export interface TemplateDeps {
  readonly store: Pick<Store, 'admissions' | 'apps' | 'chatMessages' | 'roomCodes' | 'transaction'>;
  readonly host: Pick<SessionHost, 'recomposeLiveStreams' | 'templateChanged'>;
}

/**
 * The one way to change a template, for REST and the dashboard: it is written, then what runs by it hears of it.
 * @throws PublicError 400 when another template has the name; StoreError `not_found`
 */
export async function changeTemplate(
  { store, host }: TemplateDeps,
  templateId: string,
  change: (body: TemplateBody) => TemplateBody,
  renamed?: { readonly from: string; readonly to: string },
): Promise<Template> {
  const { before, after } = await store.apps
    .changeTemplate(templateId, (was) => withKnownSecret(was, change(was)))
    .catch(refuseTakenName);
  for (const [name, destination] of Object.entries(after.body.destinations.hlsDestinations)) {
    const changed = changedComposition(before.body.destinations.hlsDestinations[name], destination);
    if (changed) host.recomposeLiveStreams({ templateId, destination: name, change: changed });
  }
  await host.templateChanged({ templateId, renamed });
  return after;
}

/**
 * The secret of the bucket is answered to nobody, so who writes back what they read does not have it: of the same key it stays.
 */
function withKnownSecret(before: TemplateBody, after: TemplateBody): TemplateBody {
  const { recording } = after.settings;
  const credentials = recording?.upload?.credentials;
  const known = before.settings.recording?.upload?.credentials;
  if (!recording?.upload || !credentials || credentials.secretKey !== '' || known?.key !== credentials.key)
    return after;
  const upload = { ...recording.upload, credentials: known };
  return { ...after, settings: { ...after.settings, recording: { ...recording, upload } } };
}

/** As back ends and people may read them. */
export function shownSettings(settings: TemplateBody['settings']): TemplateBody['settings'] {
  const { recording } = settings;
  if (!recording?.upload?.credentials) return settings;
  const credentials = { ...recording.upload.credentials, secretKey: '' };
  return { ...settings, recording: { ...recording, upload: { ...recording.upload, credentials } } };
}

/** A template of a workspace that is not from a kit, with an app of its own. @throws PublicError 400 */
export async function createTemplate(
  store: Pick<Store, 'apps'>,
  workspaceId: string,
  template: TemplateBody,
): Promise<Template> {
  const made = await store.apps
    .create({
      workspaceId,
      name: template.name,
      subdomain: subdomainFor(template.name),
      region: template.settings.region,
      kit: 'custom',
      template,
    })
    .catch(refuseTakenName);
  return made.template;
}

/** Names that a template gets when nobody gives it one. */
export function newTemplateName(): string {
  return `template-${newObjectId()}`;
}

/**
 * A role is created, or takes the place of the one of this name. With another name in `body` it has that one from then
 * on, in the lists of the others and in the codes of rooms, too.
 * @throws PublicError 400 when another role has the new name
 */
export async function putRole(deps: TemplateDeps, template: Template, roleName: string, body: RoleBody): Promise<Role> {
  const role = roleOfBody(body, body.name ?? roleName);
  const isRenamed = role.name !== roleName;
  const renaming = isRenamed ? { from: roleName, to: role.name } : undefined;
  const change = (before: TemplateBody): TemplateBody => {
    if (!isRenamed) return { ...before, roles: { ...before.roles, [roleName]: role } };
    if (Object.hasOwn(before.roles, role.name)) {
      throw new PublicError(400, `name: "${role.name}" is the name of another role of this template`);
    }
    return renamed({ ...before, roles: { ...before.roles, [roleName]: role } }, roleName, role.name);
  };
  await changeTemplate(deps, template.id, change, renaming);
  if (isRenamed) {
    await deps.store.apps.renameRoleOfLook(template.id, roleName, role.name);
    await deps.store.roomCodes.renameRole(template.id, roleName, role.name);
    await deps.store.chatMessages.renameRole(template.id, roleName, role.name);
  }
  return role;
}

/** @throws PublicError 404 */
export async function removeRole(deps: TemplateDeps, template: Template, roleName: string): Promise<void> {
  await changeTemplate(deps, template.id, (before) => {
    if (!Object.hasOwn(before.roles, roleName)) throw new PublicError(404, `Role not found: ${roleName}`);
    const { [roleName]: _, ...roles } = before.roles;
    return { ...before, roles };
  });
}

/** The same template, with the role under its new name wherever roles are listed; in the same order. */
function renamed(body: TemplateBody, from: string, to: string): TemplateBody {
  const name = (role: string): string => (role === from ? to : role);
  const roles = Object.entries(body.roles).map(([key, role]) => {
    const { subscribeToRoles } = role.subscribeParams;
    const subscribeParams = { ...role.subscribeParams, subscribeToRoles: subscribeToRoles.map(name) };
    return [name(key), { ...role, subscribeParams }] as const;
  });
  const streams = Object.entries(body.destinations.hlsDestinations).map(([key, destination]) => {
    const { composition, recording } = destination;
    const broadcasterRoles = composition.broadcasterRoles.map(name);
    const viewerRoles = recording?.viewerRoles?.map(name);
    return [
      key,
      {
        ...destination,
        composition: { ...composition, broadcasterRoles },
        ...(recording && viewerRoles && { recording: { ...recording, viewerRoles } }),
      },
    ] as const;
  });
  return {
    ...body,
    plugins: pluginsRenamed(body.plugins, from, to),
    roles: Object.fromEntries(roles),
    destinations: { ...body.destinations, hlsDestinations: Object.fromEntries(streams) },
  };
}

function pluginsRenamed(plugins: TemplateBody['plugins'], from: string, to: string): TemplateBody['plugins'] {
  const lists = Object.entries(boardRolesOf(plugins));
  if (!lists.some(([, roles]) => roles.includes(from))) return plugins;
  const permissions = lists.map(([right, roles]) => [right, roles.map((role) => (role === from ? to : role))]);
  return {
    ...plugins,
    whiteboard: { ...(plugins.whiteboard as object), permissions: Object.fromEntries(permissions) },
  };
}

/** What is drawn otherwise now, of what may change while a stream runs; undefined when nothing is. */
function changedComposition(before: HlsDestination | undefined, after: HlsDestination): CompositionWish | undefined {
  if (!before) return undefined;
  const { videoAspectRatio: _, ...was } = compositionOf(before);
  const { videoAspectRatio: __, ...is } = compositionOf(after);
  const changed = Object.entries(is).filter(
    ([field, value]) => JSON.stringify(value) !== JSON.stringify(was[field as keyof typeof was]),
  );
  return changed.length === 0 ? undefined : Object.fromEntries(changed);
}

/** Unique by the id in it. */
function subdomainFor(name: string): string {
  const words = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 30);
  return [...(words === '' ? ['app'] : [words]), newObjectId()].join('-');
}

function refuseTakenName(error: unknown): never {
  if (error instanceof StoreError && error.code === 'taken') {
    throw new PublicError(400, error.message, { cause: error });
  }
  throw error;
}
