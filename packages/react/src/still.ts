/**
 * Draws what the videos in `root` show now, each in its place, on a canvas that covers `root`.
 * @returns undefined when none of them shows anything
 */
export function takeStill(root: HTMLElement): HTMLCanvasElement | undefined {
  const area = root.getBoundingClientRect();
  const videos = [...root.querySelectorAll('video')].filter((video) => video.readyState >= video.HAVE_CURRENT_DATA);
  if (videos.length === 0 || area.width === 0 || area.height === 0) return undefined;
  const element = document.createElement('canvas');
  const scale = Math.min(window.devicePixelRatio, 2);
  element.width = Math.round(area.width * scale);
  element.height = Math.round(area.height * scale);
  const context = element.getContext('2d');
  if (!context) return undefined;
  context.scale(scale, scale);
  for (const video of videos) {
    const box = video.getBoundingClientRect();
    drawInto(context, video, { x: box.x - area.x, y: box.y - area.y, width: box.width, height: box.height });
  }
  Object.assign(element.style, {
    position: 'absolute',
    inset: '0',
    width: '100%',
    height: '100%',
    // What it covers may have another shape by now, as on a phone that is turned.
    objectFit: 'contain',
    zIndex: '1',
    pointerEvents: 'none',
  });
  element.setAttribute('aria-hidden', 'true');
  element.dataset.testid = 'handover-still';
  return element;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** As the element's `object-fit` and a mirroring transform have it. */
function drawInto(context: CanvasRenderingContext2D, video: HTMLVideoElement, box: Box): void {
  const { videoWidth, videoHeight } = video;
  if (videoWidth === 0 || videoHeight === 0 || box.width === 0 || box.height === 0) return;
  const style = getComputedStyle(video);
  const factors = [box.width / videoWidth, box.height / videoHeight];
  const factor = style.objectFit === 'cover' ? Math.max(...factors) : Math.min(...factors);
  const width = videoWidth * factor;
  const height = videoHeight * factor;
  context.save();
  context.beginPath();
  context.rect(box.x, box.y, box.width, box.height);
  context.clip();
  context.translate(box.x + box.width / 2, box.y + box.height / 2);
  if (style.transform.startsWith('matrix(-1')) context.scale(-1, 1);
  context.drawImage(video, -width / 2, -height / 2, width, height);
  context.restore();
}
