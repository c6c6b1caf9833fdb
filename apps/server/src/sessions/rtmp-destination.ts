import {
  type HlsDestination,
  type OutputResolution,
  outputResolution,
  PublicError,
  type RtmpDestination,
} from '@amphi/protocol';
import type { BeamStart } from './ports/host.ts';

export type RtmpDestinations = Readonly<Record<string, RtmpDestination>>;

/** The one that a start means: of that name, or the first when it names none. */
export function rtmpDestinationOf(
  destinations: RtmpDestinations,
  wanted: string | undefined,
): RtmpDestination | undefined {
  const name = wanted ?? Object.keys(destinations)[0];
  return name !== undefined && Object.hasOwn(destinations, name) ? destinations[name] : undefined;
}

/** What a start says goes before what the destination says. */
export interface Sending {
  readonly record: boolean;
  readonly rtmpUrls: readonly string[];
  /** Undefined when neither says one. */
  readonly resolution: OutputResolution | undefined;
}

/** @throws PublicError 400 when there is no platform to send to */
export function sendingOf(request: BeamStart, destination: RtmpDestination | undefined): Sending {
  const rtmpUrls = request.rtmpUrls.length > 0 ? request.rtmpUrls : (destination?.rtmpUrls ?? []);
  if (rtmpUrls.length === 0) {
    const why = destination
      ? `RTMP destination ${destination.name} has none`
      : 'the template has no such RTMP destination';
    throw new PublicError(400, `rtmp_urls, record: one of them is needed, as ${why}`);
  }
  return {
    record: request.record ?? destination?.recordingEnabled ?? false,
    rtmpUrls,
    resolution: request.resolution ?? (destination && resolutionOf(destination)),
  };
}

/** A destination as the stage is sent by it: how it is drawn stays; how long it may last, and when it stops, the one for RTMP says. */
export function sentBy(drawn: HlsDestination, { maxDuration, autoStopTimeout }: RtmpDestination): HlsDestination {
  return { ...drawn, maxDuration, autoStopTimeout };
}

/** @throws PublicError 400 for a size of an earlier version's template, which took any */
function resolutionOf({ name, width, height }: RtmpDestination): OutputResolution {
  const read = outputResolution.safeParse({ width, height });
  if (read.success) return read.data;
  throw new PublicError(400, `RTMP destination ${name}: ${width}×${height}, ${read.error.issues[0]?.message}`);
}
