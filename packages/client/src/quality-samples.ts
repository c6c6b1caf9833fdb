import type { StatsEntry } from './environment.ts';

/** Whose figures they are: a track, or a simulcast layer of one's own. */
export interface MeasuredTrack {
  readonly isPublished: boolean;
  readonly kind: 'audio' | 'video';
  readonly trackId: string;
  readonly source: string;
  readonly rid: string | undefined;
}

/** What a connection says of one track at a moment; all but the rates counts since it began. */
interface Counters extends MeasuredTrack {
  readonly at: number;
  readonly bytes: number;
  readonly packets: number;
  readonly lost: number;
  readonly fps: number | undefined;
  readonly roundTripMs: number | undefined;
  readonly jitterMs: number | undefined;
  readonly freezes: number;
  readonly concealed: number;
}

/** By the connection's name of the entry, which it keeps. */
export type Reading = ReadonlyMap<string, Counters>;

/** As the server takes it (client protocol, appendix D). */
export interface ReportedSample {
  readonly timestamp: number;
  readonly [figure: string]: number;
}

/**
 * What `getStats` of one connection says of the tracks that are known (Identifiers for WebRTC's Statistics API, W3C).
 * @param trackAt by the section of the SDP
 */
export function readingOf(
  entries: readonly StatsEntry[],
  isPublished: boolean,
  trackAt: (mid: string) => { readonly trackId: string; readonly source: string } | undefined,
): Reading {
  const remote = new Map(entries.map((entry) => [entry.id, entry]));
  const reading = new Map<string, Counters>();
  for (const entry of entries) {
    if (entry.type !== (isPublished ? 'outbound-rtp' : 'inbound-rtp')) continue;
    const track = typeof entry.mid === 'string' ? trackAt(entry.mid) : undefined;
    if (!track) continue;
    // What becomes of what is sent, its receiver tells.
    const told = isPublished ? remote.get(entry.remoteId) : entry;
    const roundTrip = number(told, 'roundTripTime');
    const jitter = number(told, 'jitter');
    reading.set(String(entry.id), {
      ...track,
      isPublished,
      kind: entry.kind === 'audio' ? 'audio' : 'video',
      rid: typeof entry.rid === 'string' && entry.rid !== '' ? entry.rid : undefined,
      at: entry.timestamp,
      bytes: number(entry, isPublished ? 'bytesSent' : 'bytesReceived') ?? 0,
      packets: number(entry, isPublished ? 'packetsSent' : 'packetsReceived') ?? 0,
      lost: number(told, 'packetsLost') ?? 0,
      fps: number(entry, 'framesPerSecond'),
      roundTripMs: roundTrip === undefined ? undefined : Math.round(roundTrip * 1000),
      jitterMs: jitter === undefined ? undefined : Math.round(jitter * 1000),
      freezes: number(entry, 'freezeCount') ?? 0,
      concealed: (number(entry, 'concealedSamples') ?? 0) - (number(entry, 'silentConcealedSamples') ?? 0),
    });
  }
  return reading;
}

/** What was between two readings, of tracks that are in both. */
export function samplesBetween(
  before: Reading,
  after: Reading,
): { readonly track: MeasuredTrack; readonly sample: ReportedSample }[] {
  return [...after].flatMap(([id, now]) => {
    const then = before.get(id);
    const ms = then === undefined ? 0 : now.at - then.at;
    if (then === undefined || then.trackId !== now.trackId || ms <= 0) return [];
    const sample = {
      timestamp: Math.round(now.at),
      avg_bitrate_bps: Math.max(0, Math.round(((now.bytes - then.bytes) * 8000) / ms)),
      ...(now.isPublished ? published(now) : received(then, now)),
    };
    return [{ track: now, sample: defined(sample) }];
  });
}

function published(now: Counters) {
  return {
    total_packets_sent: now.packets,
    total_packets_lost: now.lost,
    avg_round_trip_time_ms: now.roundTripMs,
    avg_jitter_ms: now.jitterMs,
    avg_fps: now.fps,
  };
}

function received(then: Counters, now: Counters) {
  return now.kind === 'video'
    ? { avg_frames_decoded_per_sec: now.fps, freeze_count: now.freezes - then.freezes }
    : {
        total_packets_received: now.packets - then.packets,
        total_packets_lost: now.lost - then.lost,
        audio_concealed_samples: Math.max(0, now.concealed - then.concealed),
      };
}

function defined(
  sample: { readonly timestamp: number } & Readonly<Record<string, number | undefined>>,
): ReportedSample {
  const figures = Object.entries(sample).filter((entry): entry is [string, number] => entry[1] !== undefined);
  return { timestamp: sample.timestamp, ...Object.fromEntries(figures) };
}

function number(entry: StatsEntry | undefined, key: string): number | undefined {
  const value = entry?.[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
