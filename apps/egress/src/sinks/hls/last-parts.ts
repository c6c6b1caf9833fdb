import type { AudioPackager } from './audio-packager.ts';
import type { VideoPackager } from './video-packager.ts';

/**
 * Cuts the last part of each rendition so that all end together: the last pictures stay for as long as there is sound.
 * Under load the last ticks have no picture of their own, and players that wait until the middle of the last part can be
 * seen and heard (hls.js does) would never come to the end.
 */
export function flushTogether(videos: Iterable<VideoPackager>, audio: AudioPackager | undefined): void {
  const packagers = [...videos];
  const endSeconds = Math.max(...packagers.map((packager) => packager.endSeconds), audio?.endSeconds ?? 0);
  for (const packager of packagers) packager.flush(endSeconds);
  audio?.flush();
}
