/** Each picture of a camera, and a track of what was made of it. */

/** Where the browser gives no pictures by itself (Firefox, Safari), they are looked for so often. */
const LOOKED_FOR_HZ = 30;

/**
 * Paints one picture on a canvas; the next one comes when it has settled, those between are left out.
 * @param size in pixels
 */
type Paint = (frame: CanvasImageSource, size: { readonly width: number; readonly height: number }) => Promise<void>;

/** After a picture the page has this part of the time it took for itself, so that it answers on a slow machine, too. */
const REST = 0.5;

export interface Painting {
  /** What is on the canvas, picture by picture. */
  readonly track: MediaStreamTrack;
  stop(): void;
}

/** Pictures as streams (MediaStreamTrack Insertable Media Processing, W3C), as far as they are used; in windows Chromium alone has them. */
interface TrackStreams {
  readonly MediaStreamTrackProcessor: new (options: {
    track: MediaStreamTrack;
    maxBufferSize: number;
  }) => {
    readonly readable: ReadableStream<VideoFrame>;
  };
  readonly MediaStreamTrackGenerator: new (options: {
    kind: 'video';
  }) => MediaStreamTrack & {
    readonly writable: WritableStream<VideoFrame>;
  };
}

/**
 * Has each picture of a camera painted, as fast as it can be, in pages that nobody looks at as well.
 * @param fail is told when a picture could not be painted; no more are tried
 */
export function paintFrames(
  source: MediaStreamTrack,
  canvas: HTMLCanvasElement,
  paint: Paint,
  fail: (error: unknown) => void,
): Painting {
  return 'MediaStreamTrackProcessor' in window && 'MediaStreamTrackGenerator' in window
    ? byStreams(window as unknown as TrackStreams, source, canvas, paint, fail)
    : byElement(source, canvas, paint, fail);
}

function byStreams(
  { MediaStreamTrackProcessor, MediaStreamTrackGenerator }: TrackStreams,
  source: MediaStreamTrack,
  canvas: HTMLCanvasElement,
  paint: Paint,
  fail: (error: unknown) => void,
): Painting {
  const track = new MediaStreamTrackGenerator({ kind: 'video' });
  const reader = new MediaStreamTrackProcessor({ track: source, maxBufferSize: 1 }).readable.getReader();
  const writer = track.writable.getWriter();
  let isStopped = false;
  /** On its way into the track, which closes what it takes; a track that is stopped meanwhile takes nothing. */
  let made: VideoFrame | undefined;
  const run = async (): Promise<void> => {
    let restsUntil = 0;
    for (;;) {
      const { value: frame } = await reader.read();
      if (!frame) return;
      if (isStopped) {
        frame.close();
        break;
      }
      const begun = performance.now();
      if (begun < restsUntil) {
        frame.close();
        continue;
      }
      const { displayWidth: width, displayHeight: height, timestamp } = frame;
      try {
        await paint(frame, { width, height });
      } finally {
        frame.close();
      }
      restsUntil = restAfter(begun);
      if (isStopped) break;
      made = new VideoFrame(canvas, { timestamp });
      try {
        await writer.write(made);
      } finally {
        made.close();
      }
    }
  };
  run()
    .catch((error: unknown) => {
      if (!isStopped) fail(error);
    })
    .finally(() => void reader.cancel().catch(() => {}));
  return {
    track,
    stop() {
      // The reader ends with the next picture, which it closes, or with the camera: cancelled while one is on its way, that
      // would be left to the garbage collector.
      isStopped = true;
      track.stop();
      made?.close();
    },
  };
}

/** @param begun when the picture was begun; both in ms of `performance.now()` */
function restAfter(begun: number): number {
  const now = performance.now();
  return now + (now - begun) * REST;
}

function byElement(
  source: MediaStreamTrack,
  canvas: HTMLCanvasElement,
  paint: Paint,
  fail: (error: unknown) => void,
): Painting {
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.srcObject = new MediaStream([source]);
  // Phones refuse where nobody has touched the page; it plays with the first touch.
  void video.play().catch(() => {});
  const [track] = canvas.captureStream(LOOKED_FOR_HZ).getVideoTracks();
  if (!track) throw new Error('this browser makes no video of a canvas');
  // Timers of a page in the background stand still, those of its workers do not.
  const worker = new Worker(new URL('./ticking-worker.ts', import.meta.url), { type: 'module' });
  let isPainting = false;
  let shownAt = -1;
  let restsUntil = 0;
  const look = async (): Promise<void> => {
    const { videoWidth: width, videoHeight: height, currentTime } = video;
    const begun = performance.now();
    if (isPainting || begun < restsUntil || video.readyState < 2 || width === 0 || currentTime === shownAt) return;
    shownAt = currentTime;
    isPainting = true;
    await paint(video, { width, height });
    isPainting = false;
    restsUntil = restAfter(begun);
  };
  const end = (): void => {
    worker.terminate();
    video.srcObject = null;
    track.stop();
  };
  worker.onmessage = () => {
    look().catch((error: unknown) => {
      end();
      fail(error);
    });
  };
  worker.onerror = () => fail(new Error('the worker that keeps the pace has failed'));
  worker.postMessage(1_000 / LOOKED_FOR_HZ);
  return { track, stop: end };
}
