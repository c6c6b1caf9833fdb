import type { QualitySample, TrackQuality } from '@amphi/protocol';
import * as z from 'zod';

const figures = z.array(z.number().nullable());
const common = { timestamps: z.array(z.int()), bitrate: figures };
const trackId = z.string();
const type = z.enum(['regular', 'screen']);

export const peerStats = z.object({
  peer_id: z.string(),
  session_id: z.string(),
  room_id: z.string(),
  publisher: z.object({
    video: z.array(
      z.object({
        track_id: trackId,
        type,
        rid: z.enum(['h', 'm', 'l']).nullable(),
        time_series: z.object({ ...common, fps: figures, packet_loss_percent: figures, rtt_ms: figures }),
      }),
    ),
    audio: z.array(
      z.object({
        track_id: trackId,
        time_series: z.object({ ...common, packet_loss_percent: figures, rtt_ms: figures, jitter_ms: figures }),
      }),
    ),
  }),
  subscriber: z.object({
    video: z.array(
      z.object({
        track_id: trackId,
        type,
        time_series: z.object({ ...common, fps: figures, freeze_count: figures }),
      }),
    ),
    audio: z.array(
      z.object({
        track_id: trackId,
        time_series: z.object({ ...common, concealed_samples: figures, packet_loss_percent: figures }),
      }),
    ),
  }),
});

export type PeerStats = z.infer<typeof peerStats>;

const LAYERS: Readonly<Record<string, 'h' | 'm' | 'l'>> = { f: 'h', h: 'm', q: 'l' };

/**
 * Series of a peer from its reports, oldest first: one of each track, or of each simulcast layer, in the order in which they
 * came up. Pure.
 */
export function seriesOf(reports: readonly (readonly TrackQuality[])[]): Pick<PeerStats, 'publisher' | 'subscriber'> {
  const tracks = new Map<string, TrackQuality & { readonly samples: QualitySample[] }>();
  for (const track of reports.flat()) {
    const key = JSON.stringify([track.isPublished, track.kind, track.trackId, track.rid]);
    const joined = tracks.get(key);
    if (joined) joined.samples.push(...track.samples);
    else tracks.set(key, { ...track, samples: [...track.samples] });
  }
  const all = [...tracks.values()].map((track) => ({
    ...track,
    samples: track.samples.toSorted((a, b) => a.at - b.at),
  }));
  const of = (isPublished: boolean, kind: TrackQuality['kind']) =>
    all.filter((track) => track.isPublished === isPublished && track.kind === kind);
  return {
    publisher: { video: of(true, 'video').map(sentVideo), audio: of(true, 'audio').map(sentAudio) },
    subscriber: { video: of(false, 'video').map(receivedVideo), audio: of(false, 'audio').map(receivedAudio) },
  };
}

function sentVideo({ trackId, rid, isScreen, samples }: TrackQuality): PeerStats['publisher']['video'][number] {
  return {
    track_id: trackId,
    type: isScreen ? 'screen' : 'regular',
    rid: (rid !== null && LAYERS[rid]) || null,
    time_series: {
      ...commonOf(samples),
      fps: samples.map(({ fps }) => fps),
      packet_loss_percent: lossSinceBefore(samples),
      rtt_ms: samples.map(({ roundTripMs }) => roundTripMs),
    },
  };
}

function sentAudio({ trackId, samples }: TrackQuality): PeerStats['publisher']['audio'][number] {
  return {
    track_id: trackId,
    time_series: {
      ...commonOf(samples),
      packet_loss_percent: lossSinceBefore(samples),
      rtt_ms: samples.map(({ roundTripMs }) => roundTripMs),
      jitter_ms: samples.map(({ jitterMs }) => jitterMs),
    },
  };
}

function receivedVideo({ trackId, isScreen, samples }: TrackQuality): PeerStats['subscriber']['video'][number] {
  return {
    track_id: trackId,
    type: isScreen ? 'screen' : 'regular',
    time_series: {
      ...commonOf(samples),
      fps: samples.map(({ fps }) => fps),
      freeze_count: samples.map(({ freezes }) => freezes),
    },
  };
}

function receivedAudio({ trackId, samples }: TrackQuality): PeerStats['subscriber']['audio'][number] {
  return {
    track_id: trackId,
    time_series: {
      ...commonOf(samples),
      concealed_samples: samples.map(({ concealedSamples }) => concealedSamples),
      packet_loss_percent: samples.map(({ packetsLost: lost, packets }) =>
        lost === null || packets === null ? null : percent(lost, packets + Math.max(0, lost)),
      ),
    },
  };
}

function commonOf(samples: readonly QualitySample[]) {
  return { timestamps: samples.map(({ at }) => at), bitrate: samples.map(({ bitrateBps }) => bitrateBps) };
}

/** A publisher counts since its connection began; a new one begins anew. */
function lossSinceBefore(samples: readonly QualitySample[]): (number | null)[] {
  return samples.map(({ packetsLost, packets }, index) => {
    if (packetsLost === null || packets === null) return null;
    const before = samples[index - 1];
    const goesOn = before !== undefined && before.packets !== null && before.packets <= packets;
    const [lostBefore, sentBefore] = goesOn ? [before.packetsLost ?? 0, before.packets ?? 0] : [0, 0];
    return percent(packetsLost - lostBefore, packets - sentBefore);
  });
}

/** With two places. What came twice, or late, is no negative loss. */
function percent(part: number, whole: number): number {
  if (whole <= 0) return 0;
  return Math.min(100, Math.max(0, Math.round((part / whole) * 10_000) / 100));
}
