import * as z from 'zod';
import { type Composition, composition } from './composition.ts';

/** Templates: roles, settings and destinations of an app, in the JSON of REST v2 (camelCase). Absent means false, 0 or empty. */

/** Role names appear in URLs and tokens. `__internal_…` is reserved. */
export const roleName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/,
    'letters, digits, space, ".", "_" and "-", starting with a letter or digit',
  );

const kbps = z.int().min(0).max(20_000);

export const videoParams = z.object({
  bitRate: kbps.default(256),
  codec: z.string().default('vp8'),
  frameRate: z.int().min(1).max(60).default(25),
  width: z.int().min(50).max(1920).default(320),
  height: z.int().min(50).max(1920).default(180),
});

export const simulcastLayer = z.object({
  rid: z.enum(['f', 'h', 'q']),
  scaleResolutionDownBy: z.number().min(1).max(12),
  maxBitrate: kbps.default(0),
  maxFramerate: z.int().min(1).max(60),
});

const simulcastLayers = z.object({ layers: z.array(simulcastLayer).max(3).optional() });

export const publishParams = z.object({
  allowed: z.array(z.enum(['audio', 'video', 'screen'])).default([]),
  audio: z.object({ bitRate: z.int().min(6).max(510).default(32), codec: z.string().default('opus') }).prefault({}),
  video: videoParams.prefault({}),
  screen: videoParams.prefault({ bitRate: 1024, frameRate: 10, width: 1280, height: 720 }),
  simulcast: z
    .object({ video: simulcastLayers.default({}), screen: simulcastLayers.default({}) })
    .default({ video: {}, screen: {} }),
});

export const subscribeParams = z.object({
  subscribeToRoles: z.array(z.string()).default([]),
  maxSubsBitRate: kbps.default(3200),
  subscribeDegradation: z
    .object({
      packetLossThreshold: z.int().min(1).max(100).default(50),
      degradeGracePeriodSeconds: z.int().min(1).max(10).default(1),
      recoverGracePeriodSeconds: z.int().min(1).max(10).default(4),
    })
    .optional(),
});

const off = z.boolean().default(false);

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
  publishParams: publishParams.prefault({}),
  subscribeParams: subscribeParams.prefault({}),
  permissions: permissions.prefault({}),
  priority: z.int().min(1).max(10).default(1),
  /** 0 = no limit, n = at most n peers, −1 = nobody may join with it. */
  maxPeerCount: z.int().min(-1).default(0),
});

export const hlsLayer = z.object({
  width: z.int().min(144).max(1920).multipleOf(2),
  height: z.int().min(144).max(1920).multipleOf(2),
  videoBitrate: z.int().min(50).max(20_000),
  audioBitrate: z.int().min(16).max(320).default(64),
});

export const hlsDestination = z.object({
  name: z.string().min(1),
  role: z.string().default('__internal_recorder'),
  maxDuration: z.int().min(60).max(43_200).default(14_400),
  /** Descending resolution. */
  layers: z.array(hlsLayer).min(1).max(4),
  playlistType: z.enum(['live', 'event']).default('live'),
  numPlaylistSegments: z.int().min(3).max(150).default(5),
  videoFrameRate: z.int().min(10).max(60).default(30),
  enableMetadataInsertion: off,
  enableStaticUrl: off,
  /** Seconds to wait after the last publisher left. */
  autoStopTimeout: z.int().min(10).max(3600).default(300),
  /** Ours, additive: whether the destination is on, and how the stage is drawn. */
  composition: z
    .object({
      enabled: z.boolean().default(true),
      ...composition.shape,
      broadcasterRoles: z.array(z.string()).default([]),
    })
    .prefault({}),
});

/** How the stage is drawn, of all that a destination says. */
export function compositionOf({ composition: settings }: HlsDestination): Composition {
  const { enabled: _, broadcasterRoles: __, ...composition } = settings;
  return composition;
}

export const region = z.enum(['in', 'us', 'eu', 'auto']);

export const templateSettings = z.object({
  region: region.default('auto'),
  recording: z.unknown().nullable().default(null),
  roomState: z
    .object({
      enabled: off,
      messageInterval: z.int().min(5).max(3600).default(5),
      sendPeerList: off,
      stopRoomStateOnJoin: off,
    })
    .prefault({}),
  retry: z.record(z.string(), z.unknown()).default({}),
});

export const destinations = z.object({
  hlsDestinations: z.record(z.string(), hlsDestination).default({}),
});

export const templateBody = z.object({
  name: z
    .string()
    .regex(/^[A-Za-z0-9 ._:-]{1,100}$/, 'letters, digits, space, "-", ".", "_" and ":", 1 to 100 characters'),
  roles: z.record(z.string(), role),
  settings: templateSettings.prefault({}),
  destinations: destinations.prefault({}),
  plugins: z.record(z.string(), z.unknown()).default({}),
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
export type HlsLayer = z.infer<typeof hlsLayer>;
export type HlsDestination = z.infer<typeof hlsDestination>;
export type Region = z.infer<typeof region>;
export type TemplateBody = z.infer<typeof templateBody>;
export type TemplateSettings = z.infer<typeof templateSettings>;
