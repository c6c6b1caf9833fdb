import * as z from 'zod/mini';

/**
 * Roles, in the JSON of REST v2 (camelCase). Absent means false, 0 or empty. In the small form of zod, as all schemas are that
 * browsers carry.
 */

/** In milliseconds: so long a request to take another role can be accepted. */
export const ROLE_REQUEST_MS = 300_000;

/** Type of the message by which an inviter is told of a refusal. Its text is the request as JSON, with its token (prebuilt UI, 24). */
export const INVITATION_DECLINED = 'role_change_declined';

/** Role names appear in URLs and tokens. `__internal_…` is reserved. */
export const roleName = z
  .string()
  .check(
    z.regex(
      /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/,
      'letters, digits, space, ".", "_" and "-", starting with a letter or digit',
    ),
  );

const kbps = z.int().check(z.gte(0), z.lte(20_000));

export const videoParams = z.object({
  bitRate: z._default(kbps, 256),
  codec: z._default(z.string(), 'vp8'),
  frameRate: z._default(z.int().check(z.gte(1), z.lte(60)), 25),
  width: z._default(z.int().check(z.gte(50), z.lte(1920)), 320),
  height: z._default(z.int().check(z.gte(50), z.lte(1920)), 180),
});

export const screenParams = z.extend(videoParams, {
  bitRate: z._default(kbps, 1024),
  frameRate: z._default(z.int().check(z.gte(1), z.lte(60)), 10),
  width: z._default(z.int().check(z.gte(50), z.lte(1920)), 1280),
  height: z._default(z.int().check(z.gte(50), z.lte(1920)), 720),
});

export const simulcastLayer = z.object({
  rid: z.enum(['f', 'h', 'q']),
  scaleResolutionDownBy: z.number().check(z.gte(1), z.lte(12)),
  maxBitrate: z._default(kbps, 0),
  maxFramerate: z.int().check(z.gte(1), z.lte(60)),
});

const simulcastLayers = z.object({ layers: z.optional(z.array(simulcastLayer).check(z.maxLength(3))) });

export const publishParams = z.object({
  allowed: z._default(z.array(z.enum(['audio', 'video', 'screen'])), []),
  audio: z.prefault(
    z.object({ bitRate: z._default(z.int().check(z.gte(6), z.lte(510)), 32), codec: z._default(z.string(), 'opus') }),
    {},
  ),
  video: z.prefault(videoParams, {}),
  screen: z.prefault(screenParams, {}),
  simulcast: z._default(z.object({ video: z._default(simulcastLayers, {}), screen: z._default(simulcastLayers, {}) }), {
    video: {},
    screen: {},
  }),
});

export const subscribeParams = z.object({
  subscribeToRoles: z._default(z.array(z.string()), []),
  maxSubsBitRate: z._default(kbps, 3200),
  subscribeDegradation: z.optional(
    z.object({
      packetLossThreshold: z._default(z.int().check(z.gte(1), z.lte(100)), 50),
      degradeGracePeriodSeconds: z._default(z.int().check(z.gte(1), z.lte(10)), 1),
      recoverGracePeriodSeconds: z._default(z.int().check(z.gte(1), z.lte(10)), 4),
    }),
  ),
});

const off = z._default(z.boolean(), false);

export const permissions = z.object({
  endRoom: off,
  removeOthers: off,
  mute: off,
  unmute: off,
  changeRole: off,
  sendRoomState: off,
  pollRead: off,
  pollWrite: off,
  hlsStreaming: off,
  rtmpStreaming: off,
  browserRecording: off,
});

export const role = z.object({
  name: roleName,
  publishParams: z.prefault(publishParams, {}),
  subscribeParams: z.prefault(subscribeParams, {}),
  permissions: z.prefault(permissions, {}),
  priority: z._default(z.int().check(z.gte(1), z.lte(10)), 1),
  /** 0 = no limit, n = at most n peers, −1 = nobody may join with it. */
  maxPeerCount: z._default(z.int().check(z.gte(-1)), 0),
});

/** Level of interactivity that a role gives: on stage, WebRTC audience, or HLS audience. */
export type Level = 'stage' | 'webinar' | 'stream';

/** The level follows from what the role may publish and hear, nothing else (client protocol, 0.3). */
export function levelOf(role: Pick<Role, 'publishParams' | 'subscribeParams'>): Level {
  if (role.publishParams.allowed.length > 0) return 'stage';
  return role.subscribeParams.subscribeToRoles.length > 0 ? 'webinar' : 'stream';
}

export type PublishKind = 'audio' | 'video' | 'screen';
export type PublishParams = z.infer<typeof publishParams>;
export type SubscribeParams = z.infer<typeof subscribeParams>;
export type Permissions = z.infer<typeof permissions>;
export type SimulcastLayer = z.infer<typeof simulcastLayer>;
export type Role = z.infer<typeof role>;
