import * as z from 'zod';

/** How media fare, track by track: as clients report it while they are in a session (client protocol, appendix D). */

export const QUALITY_REPORTS = ['publisher.stats', 'subscriber.stats'] as const;
export type QualityReportName = (typeof QUALITY_REPORTS)[number];

export function isQualityReport(name: string): name is QualityReportName {
  return (QUALITY_REPORTS as readonly string[]).includes(name);
}

const MAX_TRACKS = 64;
/** Of one track in one report: clients make one in ten seconds, and report each minute. */
const MAX_SAMPLES = 40;

const figure = z.number().min(-1e12).max(1e12).optional().catch(undefined);
const sample = z.object({
  timestamp: z.number().int().min(0).max(1e14),
  avg_bitrate_bps: figure,
  avg_fps: figure,
  avg_frames_decoded_per_sec: figure,
  total_packets_lost: figure,
  total_packets_sent: figure,
  total_packets_received: figure,
  avg_round_trip_time_ms: figure,
  avg_jitter_ms: figure,
  freeze_count: figure,
  audio_concealed_samples: figure,
});
const tracks = z
  .array(
    z.object({
      track_id: z.string().min(1).max(128),
      source: z.string().max(64).catch('regular'),
      rid: z.string().max(16).optional().catch(undefined),
      samples: z.array(sample).max(MAX_SAMPLES),
    }),
  )
  .max(MAX_TRACKS);
const report = z.object({ audio: tracks.default([]), video: tracks.default([]) });

/** What was measured in one span of time. What was not is null. */
export interface QualitySample {
  /** Milliseconds since 1970, at its end, by the clock of the client. */
  readonly at: number;
  readonly bitrateBps: number | null;
  readonly fps: number | null;
  /** Of what is published since the connection began; of what is received in this span. */
  readonly packetsLost: number | null;
  /** Sent, or received, counted in the same way. */
  readonly packets: number | null;
  readonly roundTripMs: number | null;
  readonly jitterMs: number | null;
  readonly freezes: number | null;
  readonly concealedSamples: number | null;
}

/** What one client has measured of one track, or of one simulcast layer of it. */
export interface TrackQuality {
  readonly isPublished: boolean;
  readonly kind: 'audio' | 'video';
  readonly trackId: string;
  readonly isScreen: boolean;
  readonly rid: string | null;
  readonly samples: readonly QualitySample[];
}

/** Undefined for what is no report, or a larger one than clients make. Tracks without samples are left out. */
export function readQualityReport(name: QualityReportName, info: unknown): TrackQuality[] | undefined {
  const read = report.safeParse(info);
  if (!read.success) return undefined;
  const isPublished = name === 'publisher.stats';
  return (['audio', 'video'] as const).flatMap((kind) =>
    read.data[kind]
      .filter(({ samples }) => samples.length > 0)
      .map(({ track_id: trackId, source, rid, samples }) => ({
        isPublished,
        kind,
        trackId,
        isScreen: source === 'screen',
        rid: rid ?? null,
        samples: samples.map((each) => qualityOf(each, isPublished)),
      })),
  );
}

function qualityOf(from: z.infer<typeof sample>, isPublished: boolean): QualitySample {
  return {
    at: from.timestamp,
    bitrateBps: from.avg_bitrate_bps ?? null,
    fps: (isPublished ? from.avg_fps : from.avg_frames_decoded_per_sec) ?? null,
    packetsLost: from.total_packets_lost ?? null,
    packets: (isPublished ? from.total_packets_sent : from.total_packets_received) ?? null,
    roundTripMs: from.avg_round_trip_time_ms ?? null,
    jitterMs: from.avg_jitter_ms ?? null,
    freezes: from.freeze_count ?? null,
    concealedSamples: from.audio_concealed_samples ?? null,
  };
}
