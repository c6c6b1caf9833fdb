import { THUMBNAILS_DATA_ID } from '@amphi/hls';
import Hls, { type ErrorData, type HlsConfig, type LevelDetails } from 'hls.js';
import type { CaptionTrack, Engine, EngineCallbacks } from './engine.ts';
import { PlayerError } from './errors.ts';

/**
 * Settings of hls.js 1.7.4 for low latency. What is not said here is its default; the target latency is the
 * playlist's PART-HOLD-BACK.
 */
const CONFIG: Partial<HlsConfig> = {
  lowLatencyMode: true,
  // Otherwise the source's duration is set again with every playlist; when that meets an append it fails, and the queue of
  // appends then stands still until playback has stalled.
  liveDurationInfinity: true,
  // Its default of 1 never catches up: playback stays where it began, one to three seconds too far back.
  maxLiveSyncPlaybackRate: 1.25,
  // Its default adds a whole second to the target latency with every stall.
  liveSyncOnStallIncrease: 0.2,
  backBufferLength: 10,
  maxBufferLength: 20,
  maxMaxBufferLength: 30,
  // CMAF needs no transmuxing worth a worker, and a worker made from a blob is refused by strict content policies.
  enableWorker: false,
  // Blocking reloads wait up to three target durations at the server, which then says 503.
  playlistLoadPolicy: {
    default: {
      maxTimeToFirstByteMs: 15_000,
      maxLoadTimeMs: 20_000,
      timeoutRetry: { maxNumRetry: 2, retryDelayMs: 0, maxRetryDelayMs: 0 },
      errorRetry: { maxNumRetry: 6, retryDelayMs: 300, maxRetryDelayMs: 4_000 },
    },
  },
};

/** A second media error so soon after the first is not healed by the same means. */
const MEDIA_RECOVERY_MS = 5_000;

export function isHlsJsSupported(): boolean {
  return Hls.isSupported();
}

/** Plays by hls.js. It retries single requests; starting over is left to the player. */
export function createHlsEngine(video: HTMLVideoElement, callbacks: EngineCallbacks): Engine {
  let hls: Hls | undefined;
  let thumbnailsUrl: string | undefined;
  let recoveredAt = Number.NEGATIVE_INFINITY;

  const details = (): LevelDetails | undefined => hls?.latestLevelDetails ?? undefined;

  const handleError = (from: Hls, data: ErrorData): void => {
    if (data.details === Hls.ErrorDetails.BUFFER_STALLED_ERROR) callbacks.onStall();
    if (!data.fatal || from !== hls) return;
    if (data.type === Hls.ErrorTypes.MEDIA_ERROR && performance.now() - recoveredAt > MEDIA_RECOVERY_MS) {
      recoveredAt = performance.now();
      from.recoverMediaError();
      return;
    }
    const isNetwork = data.type === Hls.ErrorTypes.NETWORK_ERROR;
    const status = data.response?.code;
    const text = `${data.details}${status ? ` (HTTP ${status})` : ''}: ${data.error.message}`;
    stop();
    callbacks.onFailure(new PlayerError(isNetwork ? 'network' : 'media', text, { cause: data.error }));
  };

  const stop = (): void => {
    const old = hls;
    hls = undefined;
    old?.destroy();
  };

  return {
    load(url) {
      stop();
      const fresh = new Hls(CONFIG);
      hls = fresh;
      thumbnailsUrl = undefined;
      fresh.on(Hls.Events.ERROR, (_name, data) => handleError(fresh, data));
      fresh.on(Hls.Events.MANIFEST_LOADED, (_name, { sessionData, url: base }) => {
        const uri = sessionData?.[THUMBNAILS_DATA_ID]?.URI;
        thumbnailsUrl = uri === undefined ? undefined : new URL(uri, base).href;
      });
      fresh.on(Hls.Events.MANIFEST_PARSED, () => {
        callbacks.onLevels(
          fresh.levels.map(({ width, height, bitrate, frameRate, videoCodec }, id) => ({
            id,
            width,
            height,
            bitrateBps: bitrate,
            frameRate: frameRate > 0 ? frameRate : undefined,
            videoCodec,
          })),
        );
        callbacks.onReady();
      });
      let captions: readonly CaptionTrack[] = [];
      fresh.on(Hls.Events.SUBTITLE_TRACKS_UPDATED, (_name, { subtitleTracks }) => {
        captions = subtitleTracks.map(({ name, lang }, id) => ({ id, label: name, language: lang }));
        callbacks.onCaptions(captions);
      });
      fresh.on(Hls.Events.SUBTITLE_TRACK_SWITCH, () => callbacks.onCaptions(captions));
      fresh.on(Hls.Events.LEVEL_UPDATED, (_name, { details: { dateRanges } }) => {
        const ranges = Object.values(dateRanges).filter((range) => range !== undefined);
        if (ranges.length === 0) return;
        callbacks.onDateRanges(
          ranges.map((range) => ({
            id: range.id,
            custom: Object.entries(range.attr)
              .filter(([name]) => name.startsWith('X-'))
              .map(([, value]) => String(value)),
          })),
        );
      });
      fresh.attachMedia(video);
      fresh.loadSource(url);
    },
    get currentLevel() {
      const level = hls?.currentLevel ?? -1;
      return level === -1 ? undefined : level;
    },
    get chosenLevel() {
      return hls && !hls.autoLevelEnabled ? hls.manualLevel : undefined;
    },
    chooseLevel(id) {
      // The next level, not the current one: that would empty the buffer, and a live viewer has none to spare.
      if (hls) hls.nextLevel = id ?? -1;
    },
    get chosenCaptions() {
      const track = hls?.subtitleTrack ?? -1;
      return track === -1 ? undefined : track;
    },
    chooseCaptions(id) {
      if (hls) hls.subtitleTrack = id ?? -1;
    },
    get isLive() {
      return details()?.live ?? false;
    },
    get livePosition() {
      return hls?.liveSyncPosition ?? undefined;
    },
    get playingDate() {
      return hls?.playingDate?.getTime();
    },
    dateAt(position) {
      const fragment = details()?.fragments.find(({ start, end }) => start <= position && position < end);
      const date = fragment?.programDateTime;
      return fragment && typeof date === 'number' ? date + (position - fragment.start) * 1000 : undefined;
    },
    positionAt(date) {
      const dated = details()?.fragments.filter(({ programDateTime }) => typeof programDateTime === 'number') ?? [];
      const at = dated.findLast(({ programDateTime }) => programDateTime! <= date);
      if (!at) return dated[0]?.start;
      const position = at.start + (date - at.programDateTime!) / 1000;
      return position < at.end ? position : undefined;
    },
    get thumbnailsUrl() {
      return thumbnailsUrl;
    },
    get bandwidthBps() {
      const estimate = hls?.bandwidthEstimate ?? Number.NaN;
      return Number.isFinite(estimate) ? estimate : undefined;
    },
    destroy: stop,
  };
}
