import type { types } from 'mediasoup';
import type { AudioLevel } from './contract.ts';
import type { PublishedTracks } from './published-tracks.ts';
import { SILENCE_DBOV, SoundMeter } from './sound-meter.ts';

/**
 * A packet is 20 ms of sound, and mediasoup's observer makes no mean of fewer than 10: with 15 a window bears the loss of every
 * third, and what a busy machine sends late. Of its shortest, 250 ms, one in fourteen would have too few at a loss of 10 %; of these, one in four hundred.
 */
const WINDOW_MS = 300;
/** Levels are told so often; the client protocol wants 500–1000 ms. */
const WINDOWS_PER_REPORT = 2;
/** The mean of nothing but digital silence: the meter has to know of silence, too. */
const EVERYTHING_DBOV = -127;
/** Microphones that are looked at, loudest first. */
const MAX_MEASURED = 200;
const MAX_SPEAKERS = 20;

/**
 * Watches the loudness of a session's audio tracks in the worker and tells it as levels 1–100, the loudest of each period.
 * The worker sums up in C++; reading each packet's level here would cost as much as one more receiver of every microphone.
 */
export async function observeAudioLevels(
  router: types.Router,
  tracks: PublishedTracks,
  onLevels: (levels: readonly AudioLevel[]) => void,
): Promise<void> {
  const observer = await router.createAudioLevelObserver({
    interval: WINDOW_MS,
    threshold: EVERYTHING_DBOV,
    maxEntries: MAX_MEASURED,
  });
  const meter = new SoundMeter({ windowMs: WINDOW_MS });
  let windows = 0;
  let isQuiet = true;

  const report = (): void => {
    windows = 0;
    const levels = [...meter.takeLoudest()].flatMap(([trackId, dbov]) => {
      const track = tracks.get(trackId)?.track;
      return track && !track.muted ? [{ peerId: track.peerId, trackId, level: levelOf(dbov) }] : [];
    });
    if (levels.length === 0 && isQuiet) return;
    isQuiet = levels.length === 0;
    onLevels(levels.sort((a, b) => b.level - a.level).slice(0, MAX_SPEAKERS));
  };

  observer.on('volumes', (volumes) => {
    meter.addWindow(new Map(volumes.map(({ producer, volume }) => [trackIdOf(producer), volume])));
    windows += 1;
    if (windows >= WINDOWS_PER_REPORT) report();
  });
  // No microphone sends any more, and nothing more is said until one does.
  observer.on('silence', () => {
    meter.addWindow(new Map());
    report();
    report();
  });
  tracks.events.on('added', ({ publication }) => {
    // Rejects only when the producer or the router went away meanwhile; then there is nothing to watch.
    if (publication.track.kind === 'audio')
      observer.addProducer({ producerId: publication.producer.id }).catch(() => {});
  });
  tracks.events.on('removed', ({ publication }) => meter.forget(publication.track.trackId));
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
