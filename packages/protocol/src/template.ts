import * as z from 'zod';
import { aspectRatio, type Composition, composition, layoutName } from './composition.ts';
import { frameRate } from './frame-rate.ts';
import { role } from './role.ts';

/** Templates: roles, settings and destinations of an app, in the JSON of REST v2 (camelCase). Absent means false, 0 or empty. */

const off = z.boolean().default(false);

export const hlsLayer = z.object({
  width: z.int().min(144).max(1920).multipleOf(2),
  height: z.int().min(144).max(1920).multipleOf(2),
  videoBitrate: z.int().min(50).max(20_000),
  audioBitrate: z.int().min(16).max(320).default(64),
});

const thumbnails = z.object({
  enabled: off,
  width: z.int().min(16).max(1920).default(1280),
  height: z.int().min(16).max(1920).default(720),
  /** Seconds from the beginning. */
  offsets: z.array(z.int().min(0)).max(20).default([2]),
  fps: z.int().min(0).max(60).default(1),
});

/** Seconds for which links to files work. */
const presignDuration = z.int().min(60).max(604_800).default(259_200);
/** Seconds after which an output stops by itself. */
const maxDuration = z.int().min(60).max(43_200).default(14_400);
/** Seconds to wait after the last publisher left. */
const autoStopTimeout = z.int().min(10).max(3600).default(300);

/** What is kept of a live stream. */
export const hlsRecording = z.object({
  /** The stream as it was, to be played again. */
  hlsVod: off,
  /** One MP4 file for each rendition. */
  singleFilePerLayer: off,
  enableZipUpload: off,
  /** Of the stream's own; absent: all. */
  layers: z.array(hlsLayer).max(4).optional(),
  thumbnails: thumbnails.optional(),
  presignDuration,
  /** Ours, additive: roles that are offered the stream as it was once it is over; absent: nobody. */
  viewerRoles: z.array(z.string()).max(50).optional(),
});

/** A second picture of a live stream. */
export const alternatePicture = z.object({
  videoAspectRatio: aspectRatio.default('9:16'),
  layout: layoutName.default('grid'),
  /** As those of the stream, in this shape. */
  layers: z.array(hlsLayer).max(4).default([]),
});

export const hlsDestination = z.object({
  name: z.string().min(1),
  role: z.string().default('__internal_recorder'),
  maxDuration,
  /** Descending resolution; none: chosen by the machine at each start. */
  layers: z.array(hlsLayer).max(4),
  playlistType: z.enum(['live', 'event']).default('live'),
  numPlaylistSegments: z.int().min(3).max(150).default(5),
  /** Ours, additive: seconds for which viewers can go back in a stream of type `event`; absent: to its beginning. */
  dvrWindow: z.int().min(60).max(7_200).optional(),
  /** Ours, additive: the stream is played by signed addresses only. */
  signedPlayback: off,
  /**
   * Ours, additive: the stage is drawn in another shape as well, to be played by those whom that fits better; else it looks as
   * the composition says. Absent, or of the same shape: it is not.
   */
  alternate: alternatePicture.optional(),
  /** Ours, additive: further renditions in AV1 for players that prefer it; absent: none. */
  av1: z.object({ layers: z.array(hlsLayer).max(4).default([]) }).optional(),
  /** Ours, additive: the sound as Opus beside AAC. */
  opus: off,
  videoFrameRate: frameRate.default(30),
  enableMetadataInsertion: off,
  enableStaticUrl: off,
  autoStopTimeout,
  /** Absent: nothing is kept. */
  recording: hlsRecording.optional(),
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

/** A bucket of the customer's own. */
export const upload = z.object({
  type: z.enum(['s3', 'gs', 'oss', 'azure']),
  location: z.string().min(1).max(255),
  prefix: z.string().max(255).default(''),
  options: z
    .object({
      region: z.string().max(64).optional(),
      /** Ours, additive: origin of an S3-compatible storage that is not Amazon's. */
      endpoint: z.string().max(300).optional(),
    })
    .optional(),
  credentials: z.object({ key: z.string().max(2_000), secretKey: z.string().max(4_000) }).optional(),
});

export const sessionRecording = z.object({ enabled: off, upload: upload.optional() });

export const templateSettings = z.object({
  region: region.default('auto'),
  recording: sessionRecording.nullable().default(null),
  roomState: z
    .object({
      enabled: off,
      messageInterval: z.int().min(5).max(3600).multipleOf(5).default(5),
      sendPeerList: off,
      stopRoomStateOnJoin: off,
    })
    .prefault({}),
  retry: z.record(z.string(), z.unknown()).default({}),
  /** Ours, additive: what was said in the chat is kept for those who come later. */
  chatHistory: z
    .object({
      enabled: off,
      /** From session to session; 0: for the session alone, and a day at most. */
      days: z.int().min(0).max(365).default(30),
    })
    .prefault({}),
});

/** What is sent to other platforms unless its start says otherwise. How it is drawn, an HLS destination says. */
export const rtmpDestination = z.object({
  name: z.string().min(1),
  width: z.int().min(480).max(1920).default(1280),
  height: z.int().min(480).max(1920).default(720),
  maxDuration,
  rtmpUrls: z.array(z.string().max(2_000)).max(3).default([]),
  recordingEnabled: off,
  autoStopTimeout,
});

/** Superseded by recording configurations; kept for templates that have it. */
export const browserRecording = z.object({
  name: z.string().min(1),
  role: z.string(),
  width: z.int().min(480).max(1920).default(1280),
  height: z.int().min(480).max(1920).default(720),
  maxDuration,
  presignDuration,
  thumbnails: z.object({ width: z.int(), height: z.int() }).optional(),
  autoStart: off,
  autoStopTimeout,
});

const transcriptionSummary = z.object({
  enabled: off,
  context: z.string().max(300).default(''),
  temperature: z.number().min(0.1).max(1).default(0.5),
  sections: z
    .array(z.object({ title: z.string().max(100), format: z.enum(['bullets', 'paragraph']) }))
    .max(6)
    .default([]),
});

export const transcription = z.object({
  name: z.string().min(1),
  role: z.string(),
  modes: z.array(z.enum(['recorded', 'live', 'caption'])).default([]),
  outputModes: z.array(z.enum(['txt', 'srt', 'json'])).default([]),
  customVocabulary: z.array(z.string().max(100)).max(200).default([]),
  summary: transcriptionSummary.optional(),
  translation: z.object({ enabled: off, roleLanguages: z.record(z.string(), z.string()).default({}) }).optional(),
});

/** Of each kind by name, which is also the inner one. */
export const destinations = z.object({
  hlsDestinations: z.record(z.string(), hlsDestination).default({}),
  rtmpDestinations: z.record(z.string(), rtmpDestination).default({}),
  browserRecordings: z.record(z.string(), browserRecording).default({}),
  transcriptions: z.record(z.string(), transcription).default({}),
});

const switchedOff = z.object({ enabled: off });

/** How sessions are recorded. */
export const recordingConfiguration = z.object({
  name: z.string().min(1).max(100),
  role: z.string(),
  maxDuration,
  presignDuration,
  thumbnails: thumbnails.optional(),
  compositeRecording: z
    .object({
      browserComposite: z
        .object({
          enabled: z.boolean().optional(),
          autoStart: off,
          autoStopTimeout,
          width: z.int().min(480).max(1920).default(1280),
          height: z.int().min(480).max(1920).default(720),
        })
        .optional(),
      customComposite: switchedOff.prefault({}),
    })
    .prefault({}),
  trackRecording: switchedOff.prefault({}),
  streamRecording: switchedOff.extend({ width: z.int().optional(), height: z.int().optional() }).prefault({}),
});

export const templateName = z
  .string()
  .regex(/^[A-Za-z0-9 ._:-]{1,100}$/, 'letters, digits, space, "-", ".", "_" and ":", 1 to 100 characters');

export const templateBody = z.object({
  name: templateName,
  roles: z.record(z.string(), role),
  settings: templateSettings.prefault({}),
  destinations: destinations.prefault({}),
  plugins: z.record(z.string(), z.unknown()).default({}),
  /** One at most, by now. */
  recordings: z.array(recordingConfiguration).max(1).default([]),
});

export type HlsLayer = z.infer<typeof hlsLayer>;
export type AlternatePicture = z.infer<typeof alternatePicture>;
export type HlsDestination = z.infer<typeof hlsDestination>;
export type RtmpDestination = z.infer<typeof rtmpDestination>;
export type Region = z.infer<typeof region>;
export type TemplateBody = z.infer<typeof templateBody>;
export type Destinations = z.infer<typeof destinations>;
export type RecordingConfiguration = z.infer<typeof recordingConfiguration>;
export type TemplateSettings = z.infer<typeof templateSettings>;
