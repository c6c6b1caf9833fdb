import { Emitter } from '@amphi/base';
import type { AudioOutput } from '../environment.ts';
import { ClientError, type ClientErrorCode } from '../errors.ts';
import { playTestSound } from './test-sound.ts';

interface Playing {
  readonly element: HTMLAudioElement;
  /** Does not play, for want of a gesture or because the system paused it. */
  isStopped: boolean;
  /** Was started again after a pause; the next time it waits for a gesture or for a return to the page. */
  hasRestarted: boolean;
}

/**
 * One audio element per track: the browser's echo canceller needs to hear what is played, which rules out mixing.
 * Elements are never paused by us, so one that is paused was so by the system (a phone call, another app): it is played
 * again at once, on return to the page, and with the next gesture anywhere on it.
 */
export function browserAudioOutput(): AudioOutput {
  const playing = new Map<string, Playing>();
  const events = new Emitter<{ blocked: boolean }>();
  let isBlocked = false;
  let sinkId = '';

  const tell = (): void => {
    const now = [...playing.values()].some(({ isStopped }) => isStopped);
    if (now === isBlocked) return;
    isBlocked = now;
    events.emit('blocked', now);
  };

  const setStopped = (entry: Playing, isStopped: boolean): void => {
    entry.isStopped = isStopped;
    tell();
  };

  const start = async (entry: Playing): Promise<void> => {
    try {
      await entry.element.play();
      setStopped(entry, entry.element.paused);
    } catch (error) {
      // Anything else, such as an element taken away meanwhile, needs nobody's gesture.
      if (error instanceof DOMException && error.name === 'NotAllowedError') setStopped(entry, true);
    }
  };

  const startStopped = async (): Promise<void> => {
    const stopped = [...playing.values()].filter(({ isStopped, element }) => isStopped || element.paused);
    for (const entry of stopped) entry.hasRestarted = false;
    await Promise.all(stopped.map(start));
  };

  const make = (trackId: string): Playing => {
    const entry: Playing = { element: document.body.appendChild(new Audio()), isStopped: false, hasRestarted: false };
    entry.element.addEventListener('pause', () => {
      // A stream whose track is over pauses its element as well: nothing is missing then.
      if (playing.get(trackId) !== entry || entry.element.ended) return;
      setStopped(entry, true);
      if (entry.hasRestarted) return;
      entry.hasRestarted = true;
      void start(entry);
    });
    if (sinkId !== '') void entry.element.setSinkId(sinkId).catch(() => {});
    playing.set(trackId, entry);
    return entry;
  };

  const handleReturn = (): void => {
    if (document.visibilityState === 'visible') void startStopped();
  };
  const handleGesture = (): void => void startStopped();
  const listen = (change: 'addEventListener' | 'removeEventListener'): void => {
    document[change]('visibilitychange', handleReturn);
    // The end of a tap is what browsers take for a gesture (HTML, "activation triggering input event").
    for (const name of ['pointerup', 'keydown'] as const) document[change](name, handleGesture, { capture: true });
  };

  return {
    play(trackId, track) {
      const present = playing.get(trackId);
      if (present?.element.srcObject instanceof MediaStream && present.element.srcObject.getTracks()[0] === track) {
        return;
      }
      if (playing.size === 0) listen('addEventListener');
      const entry = present ?? make(trackId);
      entry.element.srcObject = new MediaStream([track]);
      void start(entry);
    },
    stop(trackId) {
      const entry = playing.get(trackId);
      if (!entry) return;
      playing.delete(trackId);
      entry.element.srcObject = null;
      entry.element.remove();
      if (playing.size === 0) listen('removeEventListener');
      tell();
    },
    setVolume(trackId, volume) {
      const entry = playing.get(trackId);
      if (entry) entry.element.volume = volume;
    },
    canSelect: 'setSinkId' in HTMLMediaElement.prototype,
    async select(deviceId) {
      try {
        // Asked of one that plays nothing as well: whether the device is there is known then, before anybody speaks.
        await new Audio().setSinkId(deviceId);
        await Promise.all([...playing.values()].map(({ element }) => element.setSinkId(deviceId)));
      } catch (error) {
        throw sinkError(error);
      }
      sinkId = deviceId;
    },
    test: () => playTestSound(sinkId),
    onBlocked: (listener) => events.on('blocked', listener),
    unblock: startStopped,
  };
}

/** DOMException names of setSinkId (Audio Output Devices API, W3C, 2.1). */
function sinkError(error: unknown): ClientError {
  const codes: Readonly<Record<string, ClientErrorCode>> = {
    NotFoundError: 'device_missing',
    NotAllowedError: 'device_denied',
  };
  const name = error instanceof Error ? error.name : '';
  const reason = error instanceof Error ? error.message : String(error);
  return new ClientError(codes[name] ?? 'device_failed', `speaker: ${reason || name}`, { cause: error });
}
