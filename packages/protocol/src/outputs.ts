import * as z from 'zod';
import { SECRET } from './errors.ts';
import { isOff, unsupported } from './unsupported.ts';

/** What goes out of a session beside its live stream: recordings and what is sent to other platforms (server API, 2.6 to 2.8). */

/** Platforms that one session is sent to at a time (server API, 9.5). */
export const MAX_RTMP_URLS = 3;

/** As `parseRtmpTarget` of `@amphi/rtmp` reads it; a name and password in it are not supported. */
const RTMP_URL = /^rtmps?:\/\/(\[[0-9a-f:.]+\]|[^/:@?#[\]\s]+)(:\d{1,5})?\/[^?#\s]+\/[^/#\s]+$/i;
const MAX_URL_CHARACTERS = 1_000;

/** Server, application and stream key of another platform. The key is a secret: no error repeats it. */
const rtmpUrl = z.string().superRefine((url, context) => {
  const message =
    url.length > MAX_URL_CHARACTERS
      ? `at most ${MAX_URL_CHARACTERS} characters`
      : RTMP_URL.test(url)
        ? undefined
        : 'rtmp:// or rtmps:// with server, application and, at the end, the stream key';
  if (message) context.addIssue({ code: 'custom', message, params: SECRET });
});

export const rtmpUrls = z
  .array(rtmpUrl)
  .max(MAX_RTMP_URLS, `at most ${MAX_RTMP_URLS} URLs`)
  .refine((urls) => new Set(urls).size === urls.length, 'each URL once');

/** Of a picture whose sides are even, as encoders want them. */
const side = z.int().min(480).max(1920).multipleOf(2);

export const outputResolution = z.object({ width: side, height: side }).superRefine(({ width, height }, context) => {
  // Server API, 2.6: 500×480 to 1920×1080, or 500×500 to 1080×1920.
  if (Math.max(width, height) >= 500 && Math.min(width, height) <= 1080) return;
  context.addIssue({
    code: 'custom',
    message: 'from 500×480 to 1920×1080, or from 500×500 to 1080×1920',
  });
});

// How it would be done may be said beside the switch.
const transcription = unsupported((value) => isOff({ enabled: Object(value).enabled }, ['enabled']));

export const startRecordingBody = z.object({
  meeting_url: z.string().max(2048).optional(),
  destination: z.string().max(100).optional(),
  resolution: outputResolution.optional(),
  audio_only: unsupported((value) => value === false),
  transcription,
});

export const startExternalStreamBody = z.object({
  /** None, ours: those of the template's RTMP destination. */
  rtmp_urls: rtmpUrls.default([]),
  meeting_url: z.string().max(2048).optional(),
  destination: z.string().max(100).optional(),
  /** Absent: as the RTMP destination says. */
  recording: z.boolean().optional(),
  resolution: outputResolution.optional(),
});

/** Of a live stream, a recording, or what is sent to other platforms. */
export type OutputStatus = 'starting' | 'running' | 'stopping' | 'post_processing' | 'completed' | 'failed';
export type OutputResolution = z.infer<typeof outputResolution>;

/** What runs for a room beside its live stream, as REST v2 shows it. */
interface BeamObject {
  readonly id: string;
  readonly room_id: string;
  readonly session_id: string;
  readonly status: OutputStatus;
  readonly destination: string;
  readonly meeting_url: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly started_at: string | null;
  readonly stopped_at: string | null;
  readonly started_by: string;
  readonly stopped_by: string;
  /** Why it was stopped or has failed, in the words of webhooks; null before, and for those of an earlier version. Ours. */
  readonly reason: string | null;
  /** Nothing is to be written to its recording at present. Ours. */
  readonly recording_paused: boolean;
  readonly recording_assets: readonly EmbeddedAsset[] | null;
}

/** A recording as REST v2 shows it. */
export interface RecordingObject extends BeamObject {
  readonly asset_types: readonly string[];
}

/** What is sent to other platforms as REST v2 shows it, to back ends only: its URLs hold stream keys. */
export interface ExternalStreamObject extends BeamObject {
  readonly rtmp_urls: readonly string[];
  /** Whether it is recorded, too. */
  readonly recording: boolean;
  readonly resolution: OutputResolution;
}

/** A file as the object that made it shows it. */
export interface EmbeddedAsset {
  readonly id: string;
  readonly type: string;
  readonly status: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Seconds. */
  readonly duration: number;
  /** Paths of images of small pictures, of a `room-vod`; `thumbnails.vtt` beside its playlist says what is where. */
  readonly thumbnails: readonly string[] | null;
  readonly metadata: AssetMetadata;
  readonly created_at: string;
  /** Ours, additive: of a file that is kept in a storage, whether it is there, and what went wrong the last time; null: it stays. */
  readonly upload: { readonly status: 'waiting' | 'uploaded'; readonly error: string | null } | null;
}

export interface AssetMetadata {
  /** Of a `room-composite`, and of a `track` with pictures: as it began. */
  readonly resolution?: OutputResolution;
  /** Of a `room-composite` of a live stream: 0 is the largest. */
  readonly layer?: string;
  /** These three of a `room-vod`. */
  readonly num_layers?: string;
  readonly max_width?: number;
  readonly max_height?: number;
  /** These of a `track`. */
  readonly track_id?: string;
  readonly stream_id?: string;
  readonly peer_id?: string;
  readonly track_type?: 'audio' | 'video';
  /** These five of a `track`, too; ours, additive. */
  readonly user_id?: string;
  readonly user_name?: string;
  /** `regular`, `screen`, or what an app named it. */
  readonly source?: string;
  readonly codec?: 'opus' | 'vp8' | 'vp9' | 'h264';
  /** When what it begins with was captured: files of one person are laid side by side by it. */
  readonly started_at?: string;
}

export interface RecordingAssetObject extends EmbeddedAsset {
  readonly job_id: string;
  readonly room_id: string;
  readonly session_id: string;
}

/** `GET /v2/recording-assets/{id}/presigned-url`. */
export interface PresignedUrl {
  readonly id: string;
  readonly path: string;
  readonly url: string;
  /** Seconds from now on. */
  readonly expiry: number;
}

/** Seconds: a week at most, three days when nothing is said (server API, 2.8). */
export const presignQuery = z.object({
  presign_duration: z.coerce.number().int().min(1).max(604_800).default(259_200),
});
