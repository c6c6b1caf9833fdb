import { describe, expect, it } from 'vitest';
import { bitrateBps, summarizeStats } from './stats.ts';

const reading = (timestamp: number, bytesSent: number) =>
  summarizeStats([
    [
      { type: 'outbound-rtp', timestamp, kind: 'video', rid: 'f', bytesSent, packetsSent: 10, frameWidth: 1280 },
      { type: 'outbound-rtp', timestamp, kind: 'video', rid: 'q', bytesSent: 100 },
      { type: 'inbound-rtp', timestamp, kind: 'audio', bytesReceived: 50, jitter: 0.004, packetsLost: 2 },
      { type: 'candidate-pair', timestamp, nominated: false, currentRoundTripTime: 9 },
      { type: 'candidate-pair', timestamp, nominated: true, currentRoundTripTime: 0.02 },
      { type: 'certificate', timestamp },
    ],
  ]);

describe('statistics', () => {
  it('are summed up over layers and directions', () => {
    const stats = reading(1000, 900);
    expect(stats).toMatchObject({ bytesSent: 1000, bytesReceived: 50, roundTripMs: 20 });
    expect(stats.tracks).toHaveLength(3);
    expect(stats.tracks[2]).toMatchObject({ direction: 'received', kind: 'audio', jitterMs: 4, packetsLost: 2 });
  });

  it('give rates from two readings, and 0 where there is none', () => {
    expect(bitrateBps(reading(1000, 900), reading(2000, 1900), 'bytesSent')).toBe(8000);
    expect(bitrateBps(reading(1000, 900), reading(1000, 1900), 'bytesSent')).toBe(0);
    expect(bitrateBps(reading(1000, 900), reading(2000, 0), 'bytesSent')).toBe(0);
  });

  it('tell codec, path and loss of each track by what its own connection says of it', () => {
    const sent = [
      { id: 'O', type: 'outbound-rtp', timestamp: 1, kind: 'video', codecId: 'C', mediaSourceId: 'M', remoteId: 'R' },
      { id: 'C', type: 'codec', timestamp: 1, mimeType: 'video/VP8' },
      { id: 'M', type: 'media-source', timestamp: 1, trackIdentifier: 'own' },
      { id: 'R', type: 'remote-inbound-rtp', timestamp: 1, packetsLost: 3 },
      { id: 'P', type: 'candidate-pair', timestamp: 1, nominated: true, currentRoundTripTime: 0.01 },
    ];
    const received = [
      {
        id: 'I',
        type: 'inbound-rtp',
        timestamp: 1,
        kind: 'video',
        codecId: 'C',
        trackIdentifier: 'theirs',
        packetsLost: 2,
      },
      { id: 'C', type: 'codec', timestamp: 1, mimeType: 'video/H264' },
      { id: 'P', type: 'candidate-pair', timestamp: 1, nominated: true, currentRoundTripTime: 0.03 },
    ];
    const { tracks } = summarizeStats([sent, received], (mediaId) => (mediaId === 'theirs' ? 'track' : undefined));
    expect(tracks).toMatchObject([
      { codec: 'VP8', mediaId: 'own', trackId: undefined, packetsLost: 3, roundTripMs: 10 },
      { codec: 'H264', mediaId: 'theirs', trackId: 'track', packetsLost: 2, roundTripMs: 30 },
    ]);
    // What a browser does not tell is not known.
    const [bare] = summarizeStats([[{ type: 'inbound-rtp', timestamp: 1, kind: 'audio' }]]).tracks;
    expect(bare).toMatchObject({ codec: undefined, mediaId: undefined, trackId: undefined, packetsLost: 0 });
  });

  it('are empty without connections', () => {
    expect(summarizeStats([])).toMatchObject({ bytesSent: 0, tracks: [], roundTripMs: undefined });
  });
});
