import type { StatsEntry } from './environment.ts';

/** Figures of one track as sent (one per simulcast layer) or received. */
export interface TrackStats {
  readonly direction: 'sent' | 'received';
  readonly kind: 'audio' | 'video';
  /** Section of the SDP. */
  readonly mid: string | undefined;
  readonly rid: string | undefined;
  readonly bytes: number;
  readonly packets: number;
  readonly packetsLost: number;
  readonly jitterMs: number | undefined;
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly framesPerSecond: number | undefined;
  readonly framesDropped: number | undefined;
  readonly qualityLimitation: string | undefined;
}

/** A reading; rates come from the difference of two readings. */
export interface SessionStats {
  readonly takenAt: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly roundTripMs: number | undefined;
  readonly availableOutgoingBps: number | undefined;
  readonly tracks: readonly TrackStats[];
}

/** Sums up what `getStats` gives (Identifiers for WebRTC's Statistics API, W3C). Unknown entries are left out. */
export function summarizeStats(entries: readonly StatsEntry[]): SessionStats {
  const tracks = entries.filter((e) => e.type === 'outbound-rtp' || e.type === 'inbound-rtp').map(trackStats);
  const pairs = entries.filter((e) => e.type === 'candidate-pair' && e.nominated === true);
  const sum = (direction: TrackStats['direction']): number =>
    tracks.reduce((total, track) => total + (track.direction === direction ? track.bytes : 0), 0);
  const first = (key: string): number | undefined =>
    pairs.map((pair) => number(pair, key)).find((v) => v !== undefined);
  const roundTrip = first('currentRoundTripTime');
  return {
    takenAt: Math.max(0, ...entries.map(({ timestamp }) => timestamp)),
    bytesSent: sum('sent'),
    bytesReceived: sum('received'),
    roundTripMs: roundTrip === undefined ? undefined : roundTrip * 1000,
    availableOutgoingBps: first('availableOutgoingBitrate'),
    tracks,
  };
}

/** Bits per second between two readings; 0 when they were taken at the same time or the connection was made anew. */
export function bitrateBps(
  before: SessionStats,
  after: SessionStats,
  direction: 'bytesSent' | 'bytesReceived',
): number {
  const ms = after.takenAt - before.takenAt;
  return ms <= 0 ? 0 : Math.max(0, ((after[direction] - before[direction]) * 8000) / ms);
}

function trackStats(entry: StatsEntry): TrackStats {
  const isSent = entry.type === 'outbound-rtp';
  const jitter = number(entry, 'jitter');
  return {
    direction: isSent ? 'sent' : 'received',
    kind: entry.kind === 'audio' ? 'audio' : 'video',
    mid: string(entry, 'mid'),
    rid: string(entry, 'rid'),
    bytes: number(entry, isSent ? 'bytesSent' : 'bytesReceived') ?? 0,
    packets: number(entry, isSent ? 'packetsSent' : 'packetsReceived') ?? 0,
    packetsLost: number(entry, 'packetsLost') ?? 0,
    jitterMs: jitter === undefined ? undefined : jitter * 1000,
    width: number(entry, 'frameWidth'),
    height: number(entry, 'frameHeight'),
    framesPerSecond: number(entry, 'framesPerSecond'),
    framesDropped: number(entry, 'framesDropped'),
    qualityLimitation: string(entry, 'qualityLimitationReason'),
  };
}

function number(entry: StatsEntry, key: string): number | undefined {
  const value = entry[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function string(entry: StatsEntry, key: string): string | undefined {
  const value = entry[key];
  return typeof value === 'string' ? value : undefined;
}
