import { type HlsDestination, hlsRecording, type OutputResolution, type RecordingConfiguration } from '@amphi/protocol';

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

/** Whether a session is recorded from its first person on stage on, without anybody asking for it. */
export function startsByItself(configuration: RecordingConfiguration | undefined): boolean {
  return configuration?.compositeRecording.browserComposite?.autoStart ?? false;
}
