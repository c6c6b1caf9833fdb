import * as z from 'zod';
import { type Composition, composition } from './composition.ts';
import { role } from './role.ts';

const off = z.boolean().default(false);

/** Templates: roles, settings and destinations of an app, in the JSON of REST v2 (camelCase). Absent means false, 0 or empty. */

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

export type HlsLayer = z.infer<typeof hlsLayer>;
export type HlsDestination = z.infer<typeof hlsDestination>;
export type Region = z.infer<typeof region>;
export type TemplateBody = z.infer<typeof templateBody>;
export type TemplateSettings = z.infer<typeof templateSettings>;
