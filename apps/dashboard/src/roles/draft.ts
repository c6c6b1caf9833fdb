import {
  describeIssues,
  type PublishKind,
  type Role,
  role,
  roleBody,
  type SimulcastLayer,
  type TemplateBody,
} from '@amphi/protocol';

/** A role while it is edited: pure steps, and what is wrong with the outcome. */

/** What a new role begins with: it hears nobody and sends nothing, the far rows. */
export function newRole(name: string): Role {
  return role.parse({ name, permissions: { sendRoomState: true, pollRead: true }, priority: 2 });
}

/** Usual layers of a camera: whole, a half, a quarter of each side. */
const USUAL_LAYERS: readonly SimulcastLayer[] = [
  { rid: 'f', scaleResolutionDownBy: 1, maxBitrate: 700, maxFramerate: 30 },
  { rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 250, maxFramerate: 30 },
  { rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 100, maxFramerate: 30 },
];

export function withKind(draft: Role, kind: PublishKind, may: boolean): Role {
  const { publishParams } = draft;
  const order: readonly PublishKind[] = ['audio', 'video', 'screen'];
  const allowed = order.filter((each) => (each === kind ? may : publishParams.allowed.includes(each)));
  return { ...draft, publishParams: { ...publishParams, allowed } };
}

export function withPublish<Kind extends 'audio' | 'video' | 'screen'>(
  draft: Role,
  kind: Kind,
  change: Partial<Role['publishParams'][Kind]>,
): Role {
  const { publishParams } = draft;
  return { ...draft, publishParams: { ...publishParams, [kind]: { ...publishParams[kind], ...change } } };
}

export function layersOfRole(draft: Role): readonly SimulcastLayer[] {
  return draft.publishParams.simulcast.video.layers ?? [];
}

/** So many layers: what there are, then the usual ones. One is none: a camera is sent once anyhow. */
export function withLayerCount(draft: Role, count: number): Role {
  const present = layersOfRole(draft);
  const layers = count < 2 ? [] : USUAL_LAYERS.slice(0, count).map((usual, index) => present[index] ?? usual);
  return withLayers(draft, layers);
}

export function withLayer(draft: Role, index: number, change: Partial<SimulcastLayer>): Role {
  return withLayers(
    draft,
    layersOfRole(draft).map((layer, at) => (at === index ? { ...layer, ...change } : layer)),
  );
}

function withLayers(draft: Role, layers: readonly SimulcastLayer[]): Role {
  const { publishParams } = draft;
  const video = layers.length === 0 ? {} : { layers: [...layers] };
  return { ...draft, publishParams: { ...publishParams, simulcast: { ...publishParams.simulcast, video } } };
}

/** Whether one role hears and sees another. */
export function withHearing(listener: Role, speaker: string, hears: boolean): Role {
  const { subscribeParams } = listener;
  const others = subscribeParams.subscribeToRoles.filter((name) => name !== speaker);
  const subscribeToRoles = hears ? [...others, speaker] : others;
  return { ...listener, subscribeParams: { ...subscribeParams, subscribeToRoles } };
}

/** A template with this role, too, or instead of the one of its name. */
export function withRole(template: TemplateBody, role: Role): TemplateBody {
  return { ...template, roles: { ...template.roles, [role.name]: role } };
}

/** What the server would refuse, by the path of the field, such as `publishParams.video.width`. */
export function problemsOf(draft: Role): Readonly<Record<string, string>> {
  const read = roleBody.safeParse(draft);
  if (read.success) return {};
  return Object.fromEntries(
    describeIssues(read.error, draft).map((line) => {
      const [path = '', ...rest] = line.split(': ');
      return [path, rest.join(': ')];
    }),
  );
}
