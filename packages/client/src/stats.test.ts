import { describe, expect, it } from 'vitest';
import { bitrateBps, summarizeStats } from './stats.ts';

const reading = (timestamp: number, bytesSent: number) =>
  summarizeStats([
    { type: 'outbound-rtp', timestamp, kind: 'video', rid: 'f', bytesSent, packetsSent: 10, frameWidth: 1280 },
    { type: 'outbound-rtp', timestamp, kind: 'video', rid: 'q', bytesSent: 100 },
    { type: 'inbound-rtp', timestamp, kind: 'audio', bytesReceived: 50, jitter: 0.004, packetsLost: 2 },
    { type: 'candidate-pair', timestamp, nominated: false, currentRoundTripTime: 9 },
    { type: 'candidate-pair', timestamp, nominated: true, currentRoundTripTime: 0.02 },
    { type: 'certificate', timestamp },
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

  it('are empty without connections', () => {
    expect(summarizeStats([])).toMatchObject({ bytesSent: 0, tracks: [], roundTripMs: undefined });
  });
});
