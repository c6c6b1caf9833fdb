import type { Unsubscribe } from '@amphi/base';

/** Quietest speech that moves the meter, in dB below full scale. */
const FLOOR_DB = -60;
const PERIOD_MS = 66;

/**
 * Reports the level of a local microphone track about fifteen times a second, 0 (silence) to 1.
 * Does nothing where the browser has no Web Audio.
 */
export function watchLevel(track: MediaStreamTrack, listener: (level: number) => void): Unsubscribe {
  if (typeof AudioContext === 'undefined') return () => {};
  const context = new AudioContext();
  const source = context.createMediaStreamSource(new MediaStream([track]));
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  // Made before a gesture the context sleeps; the first click or key wakes it.
  const wake = (): void => void context.resume().catch(() => {});
  window.addEventListener('pointerdown', wake);
  window.addEventListener('keydown', wake);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    let sum = 0;
    for (const sample of samples) sum += sample * sample;
    const db = 10 * Math.log10(sum / samples.length + Number.EPSILON);
    listener(track.enabled ? Math.min(1, Math.max(0, 1 - db / FLOOR_DB)) : 0);
  }, PERIOD_MS);
  return () => {
    clearInterval(timer);
    window.removeEventListener('pointerdown', wake);
    window.removeEventListener('keydown', wake);
    source.disconnect();
    void context.close().catch(() => {});
  };
}
