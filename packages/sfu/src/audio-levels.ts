import type { types } from 'mediasoup';
import type { AudioLevel } from './contract.ts';
import type { PublishedTracks } from './published-tracks.ts';

/** How often levels are reported; the client protocol wants 500–1000 ms. */
const INTERVAL_MS = 600;
/** Quieter than this (dBov, RFC 6464) counts as silence. Speech is about −40 … −15, a quiet room −75 and below. */
const SILENCE_DBOV = -65;
const MAX_SPEAKERS = 20;

/** Watches the loudness of a session's audio tracks in the worker and tells it as levels 1–100. */
export async function observeAudioLevels(
  router: types.Router,
  tracks: PublishedTracks,
  onLevels: (levels: readonly AudioLevel[]) => void,
): Promise<void> {
  const observer = await router.createAudioLevelObserver({
    interval: INTERVAL_MS,
    threshold: SILENCE_DBOV,
    maxEntries: MAX_SPEAKERS,
  });
  observer.on('volumes', (volumes) => {
    const levels = volumes.flatMap(({ producer, volume }) => {
      const publication = tracks.get(trackIdOf(producer));
      if (publication?.producer !== producer || publication.track.muted) return [];
      const { peerId, trackId } = publication.track;
      return [{ peerId, trackId, level: levelOf(volume) }];
    });
    onLevels(levels.sort((a, b) => b.level - a.level));
  });
  observer.on('silence', () => onLevels([]));
  tracks.events.on('added', ({ publication }) => {
    // Rejects only when the producer or the router went away meanwhile; then there is nothing to watch.
    if (publication.track.kind === 'audio')
      observer.addProducer({ producerId: publication.producer.id }).catch(() => {});
  });
}

/** Producers carry the id of their track. */
export function trackIdOf(producer: types.Producer): string {
  return String(producer.appData.trackId);
}

/**
 * Decibels below overload to 1–100.
 * @param dbov −127 … 0
 */
export function levelOf(dbov: number): number {
  const share = (dbov - SILENCE_DBOV) / -SILENCE_DBOV;
  return Math.max(1, Math.min(100, Math.round(share * 100)));
}
