import { type RecordingConfiguration, type RoleView, recordingConfiguration } from '@amphi/protocol';

/** Whether each track of a session is recorded by itself. */
export function recordsTracks(recordings: readonly RecordingConfiguration[]): boolean {
  return recordings[0]?.trackRecording.enabled ?? false;
}

/**
 * The same recordings with that switched; all else that they say stays. Where there are none yet the configuration is of the first role
 * that publishes, as each has to name one.
 */
export function withTracks(
  recordings: readonly RecordingConfiguration[],
  enabled: boolean,
  roles: readonly Pick<RoleView, 'name' | 'publishes'>[],
): RecordingConfiguration[] {
  const [first, ...others] = recordings;
  const role = (roles.find(({ publishes }) => publishes.length > 0) ?? roles[0])?.name ?? '';
  const known = first ?? recordingConfiguration.parse({ name: 'default', role });
  return [{ ...known, trackRecording: { ...known.trackRecording, enabled } }, ...others];
}
