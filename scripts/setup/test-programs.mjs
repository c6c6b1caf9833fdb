import { ensurePackages, isOnPath } from './debian-packages.mjs';

/** Programs that the tests run, and the Debian package of each. */
const PROGRAMS = [
  { program: 'chromium', debian: 'chromium' },
  { program: 'ffmpeg', debian: 'ffmpeg' },
  { program: 'ffprobe', debian: 'ffmpeg' },
];

/**
 * @param {(text: string) => void} progress
 * @returns {Promise<string>} what was done
 */
export async function ensureTestPrograms(progress) {
  const missing = [...new Set(PROGRAMS.filter(({ program }) => !isOnPath(program)).map(({ debian }) => debian))];
  if (missing.length === 0) return 'there';
  await ensurePackages(missing, 'for the tests', progress);
  return `installed ${missing.join(', ')}`;
}
