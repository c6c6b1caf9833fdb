import {
  type AlternatePicture,
  type AppSummary,
  type AppView,
  type AspectRatio,
  alternatePicture,
  type CreateAppBody,
  composition,
  compositionOf,
  type DestinationChange,
  hlsDestination,
  hlsRecording,
  type Level,
  type LookView,
  levelOf,
  PublicError,
  type RoomLook,
} from '@amphi/protocol';
import type { App, Repositories, Store, Template } from '@amphi/store';
import { StoreError } from '@amphi/store';
import type { EgressJobs } from '../egress-jobs/egress-jobs.ts';
import { DESTINATION, templateOf } from './kits.ts';
import { joinLink } from './links.ts';
import { changeTemplate, type TemplateDeps } from './templates.ts';
import { defaultLook } from './ui-layouts.ts';

/**
 * Makes an app from its kit, with a first room and a room code for each role: all of it or nothing.
 * @throws PublicError 409 when the subdomain is in use, or is the name of a template
 */
export async function createApp(
  store: Pick<Store, 'transaction'>,
  workspaceId: string,
  app: CreateAppBody,
): Promise<{ readonly app: App; readonly template: Template }> {
  try {
    return await store.transaction((tx) => addApp(tx, workspaceId, app));
  } catch (error) {
    if (error instanceof StoreError && error.code === 'taken') {
      throw new PublicError(409, error.message, { cause: error });
    }
    throw error;
  }
}

/** The steps of `createApp`, for a transaction that does more. */
export async function addApp(
  tx: Repositories,
  workspaceId: string,
  app: CreateAppBody,
): Promise<{ readonly app: App; readonly template: Template; readonly roomId: string }> {
  const made = await tx.apps.create({
    workspaceId,
    name: app.name,
    subdomain: app.subdomain,
    region: app.region,
    kit: app.kit,
    // The subdomain is the one name of an app that is unique.
    template: templateOf({ kit: app.kit, region: app.region, options: app.options, name: app.subdomain }),
  });
  const room = await tx.rooms.upsert({
    workspaceId,
    name: `${app.subdomain}-room`,
    template: { id: made.template.id, appId: made.app.id },
  });
  await tx.roomCodes.ensureForRoles(room.id, Object.keys(made.template.body.roles));
  return { ...made, roomId: room.id };
}

/**
 * @param wanted shape; null: none; undefined: as it is
 * @param shape of the first picture: a second one of the same is none
 */
function secondPicture(
  current: AlternatePicture | undefined,
  wanted: AspectRatio | null | undefined,
  shape: AspectRatio,
): AlternatePicture | undefined {
  const videoAspectRatio = wanted === undefined ? current?.videoAspectRatio : wanted;
  if (!videoAspectRatio || videoAspectRatio === shape) return undefined;
  return current?.videoAspectRatio === videoAspectRatio ? current : alternatePicture.parse({ videoAspectRatio });
}

/**
 * Sets how the stage is drawn, whether it can be streamed, how streams are played and what is kept of them; what is missing stays. The shape of the picture decides the renditions.
 * @throws PublicError 404; 400 for a role that the template has not
 */
export async function changeDestination(
  deps: TemplateDeps,
  workspaceId: string,
  appId: string,
  {
    videoAspectRatio,
    playlistType,
    dvrWindow,
    signedPlayback,
    alternate,
    av1,
    opus,
    recording,
    ...change
  }: DestinationChange,
): Promise<{ readonly app: App; readonly template: Template }> {
  const found = await findApp(deps.store, workspaceId, appId);
  const template = await changeTemplate(deps, found.template.id, (body) => {
    const current = body.destinations.hlsDestinations[DESTINATION];
    const unknown = recording?.viewerRoles.find((role) => !Object.hasOwn(body.roles, role));
    if (unknown !== undefined) {
      const names = Object.keys(body.roles).join(', ');
      throw new PublicError(400, `Invalid body param: recording.viewerRoles: those of ${names}, got "${unknown}"`);
    }
    const shape = videoAspectRatio ?? current?.composition.videoAspectRatio ?? '16:9';
    const reshaped = current?.composition.videoAspectRatio !== shape;
    return {
      ...body,
      destinations: {
        ...body.destinations,
        hlsDestinations: {
          ...body.destinations.hlsDestinations,
          ...(current && {
            [DESTINATION]: {
              ...current,
              playlistType: playlistType ?? current.playlistType,
              dvrWindow: dvrWindow === undefined ? current.dvrWindow : (dvrWindow ?? undefined),
              signedPlayback: signedPlayback ?? current.signedPlayback,
              recording: recording ? hlsRecording.parse({ ...current.recording, ...recording }) : current.recording,
              alternate: secondPicture(current.alternate, alternate, shape),
              // Of another shape they are those of the machine.
              layers: reshaped ? [] : current.layers,
              av1:
                (av1 ?? current.av1 !== undefined)
                  ? { layers: reshaped ? [] : (current.av1?.layers ?? []) }
                  : undefined,
              opus: opus ?? current.opus,
              composition: hlsDestination.shape.composition.parse({
                ...current.composition,
                ...change,
                videoAspectRatio: shape,
              }),
            },
          }),
        },
      },
    };
  });
  return { app: found.app, template };
}

/**
 * Says how the room of an app looks; with nothing in it, it is as the template has it.
 * @throws PublicError 404; 400 for a role that the template has not, by the name of the field
 */
export async function changeLook(
  store: Pick<Store, 'apps'>,
  workspaceId: string,
  appId: string,
  look: RoomLook,
): Promise<LookView> {
  const { template } = await findApp(store, workspaceId, appId);
  const { roles } = template.body;
  const names = Object.keys(roles).join(', ');
  const assertRole = (field: string, name: string, fits: (level: Level) => boolean, which: string): void => {
    if (Object.hasOwn(roles, name) && fits(levelOf(roles[name]!))) return;
    throw new PublicError(400, `Invalid body param: ${field}: ${which} of ${names}, got "${name}"`);
  };
  for (const [name, { onStageRole, offStageRoles = [] }] of Object.entries(look.roles)) {
    assertRole(`roles.${name}`, name, () => true, 'one');
    const at = `roles.${name}`;
    if (onStageRole !== undefined) {
      assertRole(`${at}.onStageRole`, onStageRole, (level) => level === 'stage', 'one on the stage');
    }
    for (const other of offStageRoles) {
      assertRole(`${at}.offStageRoles`, other, (level) => level !== 'stage', 'those off the stage');
    }
  }
  return lookView(await store.apps.setLook(template.id, look));
}

/** What was said of a room's look, and how it is by itself. */
export function lookView({ body, look }: Template): LookView {
  const roles = Object.values(body.roles).map((role) => [role.name, defaultLook(role, body)] as const);
  return { saved: look ?? { roles: {} }, defaults: Object.fromEntries(roles) };
}

/** @throws PublicError 404 */
export async function findApp(
  store: Pick<Store, 'apps'>,
  workspaceId: string,
  appId: string,
): Promise<{ readonly app: App; readonly template: Template }> {
  const found = await store.apps.find(workspaceId, appId);
  if (!found) throw new PublicError(404, `no app ${appId}`);
  return found;
}

export function appSummary(app: App): AppSummary {
  return {
    id: app.id,
    name: app.name,
    subdomain: app.subdomain,
    region: app.region,
    kit: app.kit,
    createdAt: app.createdAt.toISOString(),
  };
}

/** The app with its rooms and, for who may let in with any role, their join links. */
export async function appView(
  store: Pick<Store, 'rooms' | 'roomCodes'>,
  baseUrl: string,
  { app, template }: { readonly app: App; readonly template: Template },
  { withLinks, chooseLayers }: { readonly withLinks: boolean; readonly chooseLayers: EgressJobs['chooseLayers'] },
): Promise<AppView> {
  const rooms = await store.rooms.listOfApp(app.id);
  const codes = withLinks ? await store.roomCodes.currentOf(rooms.map((room) => room.id)) : [];
  const roles = Object.values(template.body.roles);
  const destination = template.body.destinations.hlsDestinations[DESTINATION];
  const chosen = destination && chooseLayers(destination);
  return {
    ...appSummary(app),
    templateId: template.id,
    roles: roles.map((role) => ({
      name: role.name,
      level: levelOf(role),
      publishes: role.publishParams.allowed,
      subscribesTo: role.subscribeParams.subscribeToRoles,
      permissions: role.permissions,
    })),
    destination: {
      ...(destination ? compositionOf(destination) : composition.parse({})),
      enabled: destination?.composition.enabled ?? false,
      playlistType: destination?.playlistType ?? 'live',
      dvrWindow: destination?.dvrWindow ?? null,
      signedPlayback: destination?.signedPlayback ?? false,
      recording: {
        hlsVod: destination?.recording?.hlsVod ?? false,
        singleFilePerLayer: destination?.recording?.singleFilePerLayer ?? false,
        viewerRoles: destination?.recording?.viewerRoles ?? [],
      },
      alternate: destination?.alternate?.videoAspectRatio ?? null,
      av1: destination?.av1 !== undefined,
      opus: destination?.opus ?? false,
      layers: chosen?.layers ?? [],
      layersReason: chosen?.chosenBy === 'machine' ? chosen.reason : null,
    },
    rooms: rooms.map((room) => ({
      id: room.id,
      name: room.name,
      links: roles.flatMap((role) => {
        const code = codes.find((candidate) => candidate.roomId === room.id && candidate.role === role.name)?.code;
        return code ? [{ role: role.name, level: levelOf(role), code, url: joinLink(baseUrl, code) }] : [];
      }),
    })),
  };
}
