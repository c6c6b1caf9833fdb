import type { StatsEntry } from './environment.ts';

/** Figures of one track as sent (one per simulcast layer) or received. */
export interface TrackStats {
  readonly direction: 'sent' | 'received';
  readonly kind: 'audio' | 'video';
  /** Of what is received: the key of the track in `state.tracks`. */
  readonly trackId: string | undefined;
  /** Id of the browser's `MediaStreamTrack`. */
  readonly mediaId: string | undefined;
  /** Section of the SDP. */
  readonly mid: string | undefined;
  readonly rid: string | undefined;
  /** As SDP names it, without the kind: `VP8`, `H264`, `opus`. */
  readonly codec: string | undefined;
  readonly bytes: number;
  readonly packets: number;
  /** Of what is sent: as the server reports it. */
  readonly packetsLost: number;
  /** To the server and back, on the connection of the track. */
  readonly roundTripMs: number | undefined;
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

/**
 * Sums up what `getStats` gives of each connection (Identifiers for WebRTC's Statistics API, W3C). Unknown entries are left out.
 * @param reports of one connection each: ids in an entry mean others of the same connection
 * @param trackIdOf our name of a received `MediaStreamTrack`
 */
export function summarizeStats(
  reports: readonly (readonly StatsEntry[])[],
  trackIdOf: (mediaId: string) => string | undefined = () => undefined,
): SessionStats {
  const entries = reports.flat();
  const tracks = reports.flatMap((report) => tracksOf(report, trackIdOf));
  const sum = (direction: TrackStats['direction']): number =>
    tracks.reduce((total, track) => total + (track.direction === direction ? track.bytes : 0), 0);
  return {
    takenAt: Math.max(0, ...entries.map(({ timestamp }) => timestamp)),
    bytesSent: sum('sent'),
    bytesReceived: sum('received'),
    roundTripMs: ofNominatedPair(entries, 'currentRoundTripTime', 1000),
    availableOutgoingBps: ofNominatedPair(entries, 'availableOutgoingBitrate'),
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

function tracksOf(
  report: readonly StatsEntry[],
  trackIdOf: (mediaId: string) => string | undefined,
): readonly TrackStats[] {
  const byId = new Map(report.map((entry) => [entry.id, entry]));
  const referred = (entry: StatsEntry, key: string): StatsEntry | undefined => byId.get(entry[key] ?? Number.NaN);
  const roundTripMs = ofNominatedPair(report, 'currentRoundTripTime', 1000);
  return report
    .filter(({ type }) => type === 'outbound-rtp' || type === 'inbound-rtp')
    .map((entry) => {
      const isSent = entry.type === 'outbound-rtp';
      // What became of what was sent stands in the other side's report.
      const arrival = isSent ? referred(entry, 'remoteId') : entry;
      const mediaId = string((isSent ? referred(entry, 'mediaSourceId') : entry) ?? entry, 'trackIdentifier');
      const jitter = number(entry, 'jitter');
      return {
        direction: isSent ? 'sent' : 'received',
        kind: entry.kind === 'audio' ? 'audio' : 'video',
        trackId: isSent || mediaId === undefined ? undefined : trackIdOf(mediaId),
        mediaId,
        mid: string(entry, 'mid'),
        rid: string(entry, 'rid'),
        codec: string(referred(entry, 'codecId') ?? entry, 'mimeType')?.replace(/^\w+\//, ''),
        bytes: number(entry, isSent ? 'bytesSent' : 'bytesReceived') ?? 0,
        packets: number(entry, isSent ? 'packetsSent' : 'packetsReceived') ?? 0,
        packetsLost: (arrival && number(arrival, 'packetsLost')) ?? 0,
        roundTripMs,
        jitterMs: jitter === undefined ? undefined : jitter * 1000,
        width: number(entry, 'frameWidth'),
        height: number(entry, 'frameHeight'),
        framesPerSecond: number(entry, 'framesPerSecond'),
        framesDropped: number(entry, 'framesDropped'),
        qualityLimitation: string(entry, 'qualityLimitationReason'),
      };
    });
}

/** A figure of the path that is used. */
function ofNominatedPair(entries: readonly StatsEntry[], key: string, factor = 1): number | undefined {
  const pairs = entries.filter(({ type, nominated }) => type === 'candidate-pair' && nominated === true);
  const value = pairs.map((pair) => number(pair, key)).find((figure) => figure !== undefined);
  return value === undefined ? undefined : value * factor;
}

function number(entry: StatsEntry, key: string): number | undefined {
  const value = entry[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function string(entry: StatsEntry, key: string): string | undefined {
  const value = entry[key];
  return typeof value === 'string' ? value : undefined;
}
