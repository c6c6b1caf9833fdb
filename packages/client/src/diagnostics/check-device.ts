import type { MediaPort } from '../environment.ts';
import { toClientError } from '../errors.ts';
import type { CheckResult, DiagnosticReport, Remedy } from './report.ts';

/** Opens the microphone for a moment. */
export async function checkMicrophone(media: MediaPort | undefined): Promise<DiagnosticReport['microphone']> {
  return check(media, 'audio', ({ label }) => ({ label }));
}

/** Opens the camera for a moment. */
export async function checkCamera(media: MediaPort | undefined): Promise<DiagnosticReport['camera']> {
  return check(media, 'video', (track) => {
    const { width = 0, height = 0 } = track.getSettings();
    return { label: track.label, width, height };
  });
}

async function check<Figures>(
  media: MediaPort | undefined,
  kind: 'audio' | 'video',
  figuresOf: (track: MediaStreamTrack) => Figures,
): Promise<CheckResult<Figures>> {
  if (!media) return { status: 'failed', remedy: 'use_https', message: 'this page is neither HTTPS nor localhost' };
  try {
    const track = await media.capture({ kind });
    const figures = figuresOf(track);
    track.stop();
    return { status: 'passed', figures };
  } catch (error) {
    const { code, message } = toClientError(error, 'device_failed', kind);
    return { status: 'failed', remedy: REMEDIES[code] ?? 'try_another_device', message };
  }
}

const REMEDIES: Readonly<Partial<Record<string, Remedy>>> = {
  device_denied: 'allow_device',
  device_missing: 'connect_device',
  device_in_use: 'free_device',
};
