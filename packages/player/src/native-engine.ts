import type { CaptionTrack, Engine, EngineCallbacks } from './engine.ts';
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
  const { textTracks } = video;
  // Others of its tracks hold messages for pages.
  const captions = (): TextTrack[] =>
    Array.from(textTracks).filter(({ kind }) => kind === 'subtitles' || kind === 'captions');
  let told: readonly CaptionTrack[] = [];
  const readCaptions = (): void => {
    told = captions().map(({ label, language }, id) => ({
      id,
      label,
      language: language === '' ? undefined : language,
    }));
    callbacks.onCaptions(told);
  };
  for (const name of ['addtrack', 'removetrack']) textTracks.addEventListener(name, readCaptions, { signal });
  textTracks.addEventListener('change', () => callbacks.onCaptions(told), { signal });
  const isLive = (): boolean => video.duration === Number.POSITIVE_INFINITY;
  const startDate = (): number | undefined => {
    const start = (video as WithStartDate).getStartDate?.().getTime();
    return start === undefined || Number.isNaN(start) ? undefined : start;
  };
  return {
    load(url) {
      video.src = url;
      video.load();
    },
    currentLevel: undefined,
    chosenLevel: undefined,
    chooseLevel() {},
    get chosenCaptions() {
      const shown = captions().findIndex(({ mode }) => mode === 'showing');
      return shown === -1 ? undefined : shown;
    },
    chooseCaptions(id) {
      for (const [at, track] of captions().entries()) track.mode = at === id ? 'showing' : 'disabled';
    },
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
      const start = startDate();
      return start === undefined ? undefined : start + video.currentTime * 1000;
    },
    // Where those lie is said in a playlist that is the browser's own affair.
    dateAt: () => undefined,
    positionAt(date) {
      const start = startDate();
      if (start === undefined || video.seekable.length === 0) return undefined;
      const position = Math.max(video.seekable.start(0), (date - start) / 1000);
      return position < video.seekable.end(0) ? position : undefined;
    },
    thumbnailsUrl: undefined,
    bandwidthBps: undefined,
    destroy() {
      abort.abort();
      video.removeAttribute('src');
      video.load();
    },
  };
}
