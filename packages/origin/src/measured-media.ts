/** What one complete segment was. */
interface SegmentSize {
  readonly bytes: number;
  readonly seconds: number;
}

/** What has come of one rendition so far, in complete segments. */
export interface MeasuredMedia {
  readonly bytes: number;
  readonly seconds: number;
  /** Bits a second, 0 before the first segment of half a target duration. */
  readonly peakBps: number;
  /** The last segments, one and a half target durations at most. */
  readonly recent: readonly SegmentSize[];
}

export const NOTHING_MEASURED: MeasuredMedia = { bytes: 0, seconds: 0, peakBps: 0, recent: [] };

/**
 * "The peak segment bit rate of a Media Playlist is the largest bit rate of any contiguous set of segments whose total
 * duration is between 0.5 and 1.5 times the target duration" (rfc8216bis, EXT-X-STREAM-INF BANDWIDTH), so that a short
 * segment, which a keyframe fills, counts with its neighbours only.
 */
export function measure(media: MeasuredMedia, segment: SegmentSize, targetDuration: number): MeasuredMedia {
  const recent = [...media.recent, segment];
  let peakBps = media.peakBps;
  let bytes = 0;
  let seconds = 0;
  let kept = recent.length;
  for (let i = recent.length - 1; i >= 0; i--) {
    bytes += recent[i]!.bytes;
    seconds += recent[i]!.seconds;
    if (seconds > 1.5 * targetDuration) break;
    kept = i;
    if (seconds >= 0.5 * targetDuration) peakBps = Math.max(peakBps, Math.ceil((bytes * 8) / seconds));
  }
  return {
    bytes: media.bytes + segment.bytes,
    seconds: media.seconds + segment.seconds,
    peakBps,
    recent: recent.slice(kept),
  };
}
