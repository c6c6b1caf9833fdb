import * as z from 'zod';
import { aspectRatio, composition, compositionWish } from './composition.ts';
import { type Level, type Permissions, type PublishKind, permissions } from './role.ts';
import { type RoomLook, roomLook } from './room-look.ts';
import { hlsDestination, hlsLayer, hlsRecording } from './template.ts';
import { type RoleLook, roleLook } from './ui-layout.ts';
import { webhookTarget } from './webhook.ts';

/**
 * The dashboard's own API under `/platform`, with a session cookie (`amphi_session`, HttpOnly, SameSite=Strict).
 * Errors are `ErrorBody`.
 *
 * | Request | Body | Answer |
 * |---|---|---|
 * | `POST /platform/session` | `signInBody` | 200 `{ owner: OwnerView }` + cookie; 401 |
 * | `POST /platform/session/one-time` | `oneTimeSignInBody` | same; the code of the link printed at the first start |
 * | `GET /platform/session` | – | 200 `{ owner: OwnerView }` or 401 |
 * | `DELETE /platform/session` | – | 204 |
 * | `POST /platform/password` | `setPasswordBody` | 204 |
 * | `GET /platform/members` | – | 200 `{ members: MemberView[], invitations: InvitationView[] }` |
 * | `POST /platform/members/{id}` | `memberChange` | 200 `{ member: MemberView }`; 409 for the last owner |
 * | `DELETE /platform/members/{id}` | – | 204; 409 for the last owner |
 * | `DELETE /platform/membership` | – | 204: one's own; 409 for the last owner |
 * | `POST /platform/invitations` | `invitationBody` | 201 `{ invitation: InvitationView, url }`: the link, shown this once |
 * | `DELETE /platform/invitations/{id}` | – | 204 |
 * | `POST /platform/invitations/look` | `invitationCode` | 200 `{ invitation: OfferedView }`; without a cookie |
 * | `POST /platform/invitations/accept` | `acceptInvitationBody` | 200 `{ owner: OwnerView }` + cookie; 401; without a cookie |
 * | `GET /platform/kits` | – | 200 `{ kits: KitView[] }` |
 * | `GET /platform/apps` | – | 200 `{ apps: AppSummary[] }` |
 * | `POST /platform/apps` | `createAppBody` | 201 `{ app: AppView }` |
 * | `GET /platform/apps/{id}` | – | 200 `{ app: AppView }` |
 * | `POST /platform/apps/{id}/destination` | `destinationChange` | 200 `{ app: AppView }` |
 * | `GET /platform/apps/{id}/look` | – | 200 `{ look: LookView }` |
 * | `POST /platform/apps/{id}/look` | `roomLook` | 200 `{ look: LookView }`: all of it is written; an empty one is that of the template |
 * | `POST /platform/apps/{id}/storage/test` | `uploadBody` | 200 `{ result: { ok, step?, error?, remedy? } }`: a small object is written, read and removed in this bucket, once, now; 429 |
 * | `GET /platform/developer` | – | 200 `{ developer: DeveloperView }` |
 * | `GET /platform/keys` | – | 200 `{ keys: KeyView[] }`, oldest first, without those that were revoked |
 * | `POST /platform/keys` | – | 201 `{ key: KeyView }` |
 * | `DELETE /platform/keys/{accessKey}` | – | 204; 409 for the only one |
 * | `POST /platform/keys/{accessKey}/management-token` | `managementTokenBody` | 200 `{ token }` |
 * | `GET /platform/webhook` | – | 200 `{ webhook: WebhookView }` |
 * | `POST /platform/webhook` | `webhookBody` | 200 `{ webhook: WebhookView }` |
 * | `POST /platform/webhook/test` | – | 200 `{ result: { ok, error? } }`: a `webhook.test` event, sent once, now |
 * | `POST /platform/doctor` | – | 202 `{ report: DoctorReport }`; starts a run unless one is under way |
 * | `GET /platform/doctor` | – | 200 `{ report: DoctorReport \| null }`; the last run, or the one under way |
 */

export const signInBody = z.object({ email: z.email().max(254), password: z.string().min(1).max(256) });
export const oneTimeSignInBody = z.object({ code: z.string().min(16).max(128) });
export const setPasswordBody = z.object({
  currentPassword: z.string().max(256).optional(),
  newPassword: z.string().min(10, 'at least 10 characters').max(256),
});

/**
 * What somebody with an account may do in the dashboard: `viewer` looks, at nothing that lets in elsewhere; `admin` does
 * what there is to do; `owner` decides besides who owns the workspace.
 */
export const memberRole = z.enum(['owner', 'admin', 'viewer']);
export type MemberRole = z.infer<typeof memberRole>;

export const memberChange = z.object({ role: memberRole });
export const invitationBody = z.object({ email: z.email().max(254), role: memberRole });
export const invitationCode = z.object({ code: oneTimeSignInBody.shape.code });
export const acceptInvitationBody = invitationCode.extend({ password: setPasswordBody.shape.newPassword });

export interface MemberView {
  readonly id: string;
  readonly email: string;
  readonly role: MemberRole;
  readonly since: string;
  /** Who asks. */
  readonly isSelf: boolean;
}

/** A link that nobody has used yet. */
export interface InvitationView {
  readonly id: string;
  readonly email: string;
  readonly role: MemberRole;
  readonly expiresAt: string;
}

/** What the bearer of a link is offered. */
export type OfferedView = Pick<InvitationView, 'email' | 'role' | 'expiresAt'>;

export const subdomain = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{1,61}[a-z0-9])$/, '3 to 63 characters: a–z, 0–9 and "-", not at the ends');

export const kitId = z.enum(['live_streaming', 'webinar', 'video_conferencing', 'audio_room', 'custom']);
export const appRegion = z.enum(['in', 'us', 'eu']);

export const createAppBody = z.object({
  kit: kitId,
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .regex(/^[A-Za-z0-9 ._:-]+$/, 'letters, digits, space, "-", ".", "_" and ":"'),
  subdomain,
  region: appRegion,
  /** Only for `live_streaming`: adds the roles `viewer-realtime` and `viewer-on-stage`. */
  options: z
    .object({ webinarAudience: z.boolean().default(false), guestsOnStage: z.boolean().default(false) })
    .prefault({}),
});

/** What of a stream its viewers can go back to, by which address it is played, and in what. */
const playback = {
  playlistType: hlsDestination.shape.playlistType.unwrap(),
  /** Seconds; null: to the beginning. Of type `event` only. */
  dvrWindow: hlsDestination.shape.dvrWindow.unwrap().nullable(),
  signedPlayback: z.boolean(),
  /** Shape of the second picture; null: there is none. */
  alternate: aspectRatio.nullable(),
  /** Whether the stream is also there in AV1, and its sound as Opus. */
  av1: z.boolean(),
  opus: z.boolean(),
};

/** What is kept of a stream, and who is offered it once it is over. */
const kept = {
  recording: z.object({
    hlsVod: hlsRecording.shape.hlsVod.unwrap(),
    singleFilePerLayer: hlsRecording.shape.singleFilePerLayer.unwrap(),
    /** Names of roles. */
    viewerRoles: hlsRecording.shape.viewerRoles.unwrap(),
  }),
};

export const destinationBody = z.object({
  enabled: z.boolean(),
  ...composition.shape,
  ...playback,
  ...kept,
});

/** What was edited of it: what is missing stays, whoever changed it meanwhile. */
export const destinationChange = z
  .object({ enabled: z.boolean(), ...compositionWish.shape, ...playback, ...kept })
  .partial();

/** What came of trying a bucket: the first step that failed, why, and what can be done about it. */
export const storageTestResult = z.object({
  ok: z.boolean(),
  step: z.enum(['write', 'read', 'remove']).optional(),
  error: z.string().optional(),
  remedy: z.string().optional(),
});
export type StorageTestResult = z.infer<typeof storageTestResult>;

/** The workspace's back end. */
export const webhookBody = z.object({ enabled: z.boolean(), ...webhookTarget.shape });

export interface OwnerView {
  readonly email: string;
  readonly role: MemberRole;
  /** False until the owner has set a password of their own. */
  readonly hasPassword: boolean;
}

export interface KitView {
  readonly id: z.infer<typeof kitId>;
  readonly title: string;
  readonly description: string;
  readonly roles: readonly string[];
}

export interface AppSummary {
  readonly id: string;
  readonly name: string;
  readonly subdomain: string;
  readonly region: string;
  readonly kit: z.infer<typeof kitId>;
  readonly createdAt: string;
}

export interface RoleView {
  readonly name: string;
  readonly level: Level;
  readonly publishes: readonly PublishKind[];
  readonly subscribesTo: readonly string[];
  readonly permissions: Permissions;
}

export interface JoinLink {
  readonly role: string;
  readonly level: Level;
  /** Room code, `abc-defg-hij`. */
  readonly code: string;
  readonly url: string;
}

export interface AppView extends AppSummary {
  /** The template's id, for REST v2. */
  readonly templateId: string;
  readonly roles: readonly RoleView[];
  readonly destination: z.infer<typeof destinationBody> & {
    /** Of the next stream, largest first. */
    readonly layers: readonly z.infer<typeof hlsLayer>[];
    /** Why the machine has chosen these; null when the destination names them. */
    readonly layersReason: string | null;
  };
  readonly rooms: readonly { readonly id: string; readonly name: string; readonly links: readonly JoinLink[] }[];
}

/** How the room of an app looks. */
export interface LookView {
  /** What its owner has said. */
  readonly saved: RoomLook;
  /** Role name → how it is by itself, in the fields that the role has a say in. */
  readonly defaults: Readonly<Record<string, RoleLook>>;
}

export interface DeveloperView {
  readonly accessKey: string;
  readonly secret: string;
  /** Base of REST v2. */
  readonly apiUrl: string;
  readonly tokenUrl: string;
  readonly initUrl: string;
  /** Valid for 24 hours. */
  readonly managementToken: string;
}

/** A pair that signs tokens. */
export interface KeyView {
  readonly accessKey: string;
  readonly secret: string;
  readonly createdAt: string;
  /** Webhooks are signed by it: the oldest. */
  readonly signsWebhooks: boolean;
}

/** Seconds that a management token is valid: from a minute to 90 days, as long as the server takes any. */
export const managementTokenBody = z.object({
  validForS: z
    .int()
    .min(60)
    .max(90 * 86_400),
});

/** One thing that was looked at on the server's machine. */
export interface DoctorFinding {
  /** Which check found it, such as `ports`. */
  readonly check: string;
  /** The check's name for people. */
  readonly title: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly what: string;
  /** What to do about it; absent when it is right. */
  readonly remedy?: string | undefined;
}

export interface DoctorReport {
  readonly startedAt: string;
  /** Absent while the run is under way. */
  readonly finishedAt?: string | undefined;
  /** In the order of the checks. */
  readonly findings: readonly DoctorFinding[];
  /** Titles of the checks that have not finished. */
  readonly pending: readonly string[];
}

const doctorReport: z.ZodType<DoctorReport> = z.object({
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().optional(),
  findings: z.array(
    z.object({
      check: z.string(),
      title: z.string(),
      state: z.enum(['ok', 'warn', 'fail']),
      what: z.string(),
      remedy: z.string().optional(),
    }),
  ),
  pending: z.array(z.string()),
});

const keyView: z.ZodType<KeyView> = z.object({
  accessKey: z.string(),
  secret: z.string(),
  createdAt: z.iso.datetime(),
  signsWebhooks: z.boolean(),
});

const level = z.enum(['stage', 'webinar', 'stream']);

const ownerView: z.ZodType<OwnerView> = z.object({ email: z.string(), role: memberRole, hasPassword: z.boolean() });

const memberView: z.ZodType<MemberView> = z.object({
  id: z.string(),
  email: z.string(),
  role: memberRole,
  since: z.iso.datetime(),
  isSelf: z.boolean(),
});

const offered = { email: z.string(), role: memberRole, expiresAt: z.iso.datetime() };
const invitationView: z.ZodType<InvitationView> = z.object({ id: z.string(), ...offered });

const kitView: z.ZodType<KitView> = z.object({
  id: kitId,
  title: z.string(),
  description: z.string(),
  roles: z.array(z.string()),
});

const appSummaryFields = z.object({
  id: z.string().min(1),
  name: z.string(),
  subdomain: z.string(),
  region: z.string(),
  kit: kitId,
  createdAt: z.iso.datetime(),
});

const appSummary: z.ZodType<AppSummary> = appSummaryFields;

const appView: z.ZodType<AppView> = appSummaryFields.extend({
  templateId: z.string(),
  roles: z.array(
    z.object({
      name: z.string(),
      level,
      publishes: z.array(z.enum(['audio', 'video', 'screen'])),
      subscribesTo: z.array(z.string()),
      permissions,
    }),
  ),
  destination: destinationBody.extend({ layers: z.array(hlsLayer), layersReason: z.string().nullable() }),
  rooms: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      links: z.array(z.object({ role: z.string(), level, code: z.string(), url: z.url({ protocol: /^https?$/ }) })),
    }),
  ),
});

const lookView: z.ZodType<LookView> = z.object({ saved: roomLook, defaults: z.record(z.string(), roleLook) });

const developerView: z.ZodType<DeveloperView> = z.object({
  accessKey: z.string(),
  secret: z.string(),
  apiUrl: z.string(),
  tokenUrl: z.string(),
  initUrl: z.string(),
  managementToken: z.string(),
});

/** Empty until it is set. */
const webhookView = z.object({ enabled: z.boolean(), url: z.string(), headers: z.record(z.string(), z.string()) });

/** Schemas of the answers, for those who read them. Additional fields are dropped. */
export const platformAnswers = {
  session: z.object({ owner: ownerView }),
  members: z.object({ members: z.array(memberView), invitations: z.array(invitationView) }),
  member: z.object({ member: memberView }),
  invited: z.object({ invitation: invitationView, url: z.string() }),
  offered: z.object({ invitation: z.object(offered) }),
  kits: z.object({ kits: z.array(kitView) }),
  apps: z.object({ apps: z.array(appSummary) }),
  app: z.object({ app: appView }),
  look: z.object({ look: lookView }),
  developer: z.object({ developer: developerView }),
  keys: z.object({ keys: z.array(keyView) }),
  key: z.object({ key: keyView }),
  managementToken: z.object({ token: z.string() }),
  webhook: z.object({ webhook: webhookView }),
  webhookTest: z.object({ result: z.object({ ok: z.boolean(), error: z.string().optional() }) }),
  storageTest: z.object({ result: storageTestResult }),
  doctor: z.object({ report: doctorReport }),
  lastDoctor: z.object({ report: doctorReport.nullable() }),
} as const;

export type SignInBody = z.infer<typeof signInBody>;
export type CreateAppBody = z.infer<typeof createAppBody>;
export type DestinationBody = z.infer<typeof destinationBody>;
export type DestinationChange = z.infer<typeof destinationChange>;
export type WebhookBody = z.infer<typeof webhookBody>;
export type WebhookView = z.infer<typeof webhookView>;
export type KitId = z.infer<typeof kitId>;
