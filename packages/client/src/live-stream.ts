import type { HlsUpdate } from '@amphi/protocol';
import type { LiveStream, StreamShape } from './state.ts';

/**
 * The stream after the server told its state, by `on-hls-update` or in a room object (client protocol, 10.1).
 * A room object repeats the state without the error, so a failure that is known stays.
 */
export function liveStreamAfterUpdate(before: LiveStream, update: HlsUpdate): LiveStream {
  const variant = update.variants[0];
  const isRunning = update.variants.some(({ state }) => state === 'initialised' || state === 'started');
  if (isRunning && variant) {
    const isPlayable = variant.state === 'started' && variant.url !== '';
    // Our own request to stop is not undone by news that were under way.
    const status = isPlayable ? (before.status === 'stopping' ? 'stopping' : 'live') : 'starting';
    const next: LiveStream = {
      status,
      url: variant.url || undefined,
      shapes: isPlayable ? shapesOf(update) : [],
      startedAt: variant.started_at ?? variant.initialised_at,
      canGoBack: variant.playlist_type === 'dvr',
      error: undefined,
    };
    return isSame(before, next) ? before : next;
  }
  if (update.error && update.error.code !== 0) return failed(before, update.error.message);
  if (variant?.state === 'failed') return failed(before, 'the stream failed');
  return liveStreamOver(before);
}

/** The stream after its end, or the end of its session. What players have of it is still to be played. */
export function liveStreamOver(before: LiveStream): LiveStream {
  switch (before.status) {
    case 'live':
    case 'stopping':
      return { ...before, status: 'ended', startedAt: undefined, error: undefined };
    case 'starting':
      // Stopped before it was playable. While our own request is under way, older news say the same.
      return { ...before, status: before.url ? 'ended' : 'off', startedAt: undefined };
    default:
      return before;
  }
}

export function liveStreamStarting(before: LiveStream): LiveStream {
  return {
    ...before,
    status: 'starting',
    url: undefined,
    startedAt: undefined,
    canGoBack: false,
    error: undefined,
    shapes: [],
  };
}

export function liveStreamStopping(before: LiveStream): LiveStream {
  return before.status === 'live' ? { ...before, status: 'stopping' } : before;
}

/** Our request was refused: the stream is as it was, and the reason is told. */
export function liveStreamRefused(before: LiveStream, request: 'start' | 'stop', message: string): LiveStream {
  if (request === 'stop') return before.status === 'stopping' ? { ...before, status: 'live', error: message } : before;
  return before.status === 'starting' && !before.startedAt ? failed(before, message) : before;
}

function failed(before: LiveStream, message: string): LiveStream {
  return { ...before, status: 'failed', startedAt: undefined, error: message };
}

/** Of variants that say their shape: a server that makes one picture says none. */
function shapesOf({ variants }: HlsUpdate): readonly StreamShape[] {
  const shapes = variants.flatMap(({ url, state, aspect_ratio: text }): StreamShape[] => {
    const [width, height] = (text ?? '').split(':').map(Number);
    return state === 'started' && url && width && height ? [{ url, ratio: width / height }] : [];
  });
  return shapes.length > 1 ? shapes : [];
}

function isSame(a: LiveStream, b: LiveStream): boolean {
  return (
    a.status === b.status &&
    a.url === b.url &&
    a.startedAt === b.startedAt &&
    a.canGoBack === b.canGoBack &&
    `${a.shapes.map(({ url }) => url)}` === `${b.shapes.map(({ url }) => url)}` &&
    a.error === b.error
  );
}
