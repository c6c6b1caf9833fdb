import { type HlsDestination, hlsRecording, type OutputResolution, type RecordingConfiguration } from '@amphi/protocol';
import type { Program } from '../egress-jobs/program.ts';

/**
 * A destination as a recording of the stage is made by it: how it is drawn stays; how long it may last and is kept for
 * download, and when it stops, the template's configuration of recordings says.
 */
export function recordedBy(destination: HlsDestination, configuration: RecordingConfiguration): HlsDestination {
  const { maxDuration, presignDuration, compositeRecording } = configuration;
  const { autoStopTimeout = destination.autoStopTimeout } = compositeRecording.browserComposite ?? {};
  const recording = { ...(destination.recording ?? hlsRecording.parse({})), presignDuration };
  return { ...destination, maxDuration, autoStopTimeout, recording };
}

/** Undefined when it leaves that to the destination. */
export function resolutionOf({ compositeRecording }: RecordingConfiguration): OutputResolution | undefined {
  const { browserComposite } = compositeRecording;
  return browserComposite && { width: browserComposite.width, height: browserComposite.height };
}

/**
 * Of a live stream those that are kept, by their ids: of the layers that its recording names, else all. One that was added
 * below the layers of the destination is for players only. When the stream has none of those named, as where the machine
 * chose its layers, the largest is kept.
 */
export function recordedRungs(
  program: Pick<Program, 'rungs'>,
  { layers, recording }: Pick<HlsDestination, 'layers' | 'recording'>,
): string[] {
  const rungs = program.rungs.slice(0, layers.length);
  const named = recording?.layers ?? [];
  const kept = rungs.filter((rung) =>
    named.some(({ width, height }) => rung.width === width && rung.height === height),
  );
  return (named.length === 0 ? rungs : kept.length === 0 ? rungs.slice(0, 1) : kept).map(({ id }) => id);
}

/** Whether each track of a session is recorded by itself, from its first person on stage on. */
export function recordsTracks(configuration: RecordingConfiguration | undefined): boolean {
  return configuration?.trackRecording.enabled ?? false;
}

/** Whether a session is recorded from its first person on stage on, without anybody asking for it. */
export function startsByItself(configuration: RecordingConfiguration | undefined): boolean {
  return configuration?.compositeRecording.browserComposite?.autoStart ?? false;
}
