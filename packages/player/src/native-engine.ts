import type { Engine, EngineCallbacks } from './engine.ts';
import { PlayerError } from './errors.ts';

export const HLS_TYPE = 'application/vnd.apple.mpegurl';

/** How far behind the end of the seekable range Safari itself stays, as far as a page can tell. */
const NATIVE_HOLD_BACK_SECONDS = 3;

/** Safari's way to tell the wall clock of media time 0. */
interface WithStartDate {
  getStartDate?: () => Date;
}

export function isNativeHlsSupported(video: HTMLVideoElement): boolean {
  return video.canPlayType(HLS_TYPE) !== '';
}

/** Plays by the browser's own HLS, where hls.js cannot run (iPhones before Managed Media Source). It chooses the level. */
export function createNativeEngine(video: HTMLVideoElement, callbacks: EngineCallbacks): Engine {
  const abort = new AbortController();
  const { signal } = abort;
  video.addEventListener('loadedmetadata', () => callbacks.onReady(), { signal });
  video.addEventListener('stalled', () => callbacks.onStall(), { signal });
  video.addEventListener(
    'error',
    () => {
      const code = video.error?.code;
      const isNetwork = code === MediaError.MEDIA_ERR_NETWORK || code === MediaError.MEDIA_ERR_SRC_NOT_SUPPORTED;
      callbacks.onFailure(
        new PlayerError(isNetwork ? 'network' : 'media', video.error?.message || `media error ${code}`),
      );
    },
    { signal },
  );
  const isLive = (): boolean => video.duration === Number.POSITIVE_INFINITY;
  return {
    load(url) {
      video.src = url;
      video.load();
    },
    currentLevel: undefined,
    chosenLevel: undefined,
    chooseLevel() {},
    get isLive() {
      return isLive();
    },
    get livePosition() {
      const { seekable } = video;
      return isLive() && seekable.length > 0
        ? Math.max(seekable.start(0), seekable.end(seekable.length - 1) - NATIVE_HOLD_BACK_SECONDS)
        : undefined;
    },
    get playingDate() {
      const start = (video as WithStartDate).getStartDate?.().getTime();
      return start === undefined || Number.isNaN(start) ? undefined : start + video.currentTime * 1000;
    },
    // Where those lie is said in a playlist that is the browser's own affair.
    dateAt: () => undefined,
    thumbnailsUrl: undefined,
    bandwidthBps: undefined,
    destroy() {
      abort.abort();
      video.removeAttribute('src');
      video.load();
    },
  };
}
