import { type Background, GRADIENTS } from './backgrounds.ts';
import { coveringPart } from './cover.ts';
import { readOwnPicture } from './own-picture.ts';

/** A picture is blurred by halving it so often, and doubling it again. */
const HALVINGS = 5;

/** Draws people in front of another background. */
export interface BackgroundPainter {
  /** What was painted last. */
  readonly canvas: HTMLCanvasElement;
  /**
   * @param frame the camera's picture, of this size in pixels
   * @param mask as opaque as there is a person; any size, of the same shape
   */
  paint(
    frame: CanvasImageSource,
    size: { readonly width: number; readonly height: number },
    mask: CanvasImageSource,
  ): void;
}

/** @throws Error where the person's own picture cannot be read any more */
export async function createBackgroundPainter(background: Exclude<Background, 'none'>): Promise<BackgroundPainter> {
  const canvas = document.createElement('canvas');
  const context = contextOf(canvas);
  const drawBehind = await behindOf(background);
  return {
    canvas,
    paint(frame, { width, height }, mask) {
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
      context.globalCompositeOperation = 'copy';
      context.drawImage(mask, 0, 0, width, height);
      context.globalCompositeOperation = 'source-in';
      context.drawImage(frame, 0, 0, width, height);
      context.globalCompositeOperation = 'destination-over';
      drawBehind(context, frame);
    },
  };
}

type DrawBehind = (context: CanvasRenderingContext2D, frame: CanvasImageSource) => void;

async function behindOf(background: Exclude<Background, 'none'>): Promise<DrawBehind> {
  if (background === 'blur') return blurring();
  if (background === 'picture') return pictured(await ownPicture());
  const [above, below] = GRADIENTS[background];
  return (context) => {
    const { width, height } = context.canvas;
    const gradient = context.createLinearGradient(0, 0, 0, height);
    gradient.addColorStop(0, above);
    gradient.addColorStop(1, below);
    context.fillStyle = gradient;
    context.fillRect(0, 0, width, height);
  };
}

/** Not by `filter`, which Safari's canvas does not have. */
function blurring(): DrawBehind {
  const steps = Array.from({ length: HALVINGS }, () => document.createElement('canvas'));
  const contexts = steps.map(contextOf);
  return (context, frame) => {
    const { width, height } = context.canvas;
    let from = frame;
    for (const [index, step] of contexts.entries()) {
      const divisor = 2 ** (index + 1);
      step.canvas.width = Math.max(1, Math.round(width / divisor));
      step.canvas.height = Math.max(1, Math.round(height / divisor));
      from = drawn(step, from);
    }
    for (const step of contexts.slice(0, -1).reverse()) from = drawn(step, from);
    context.drawImage(from, 0, 0, width, height);
  };
}

function drawn(context: CanvasRenderingContext2D, from: CanvasImageSource): HTMLCanvasElement {
  const { canvas } = context;
  context.drawImage(from, 0, 0, canvas.width, canvas.height);
  return canvas;
}

async function ownPicture(): Promise<HTMLImageElement> {
  const url = readOwnPicture();
  if (url === undefined) throw new Error('there is no picture for the background any more');
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}

function pictured(image: HTMLImageElement): DrawBehind {
  return (context) => {
    const { width, height } = context.canvas;
    const part = coveringPart({ width: image.naturalWidth, height: image.naturalHeight }, { width, height });
    context.drawImage(image, part.x, part.y, part.width, part.height, 0, 0, width, height);
  };
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d');
  if (!context) throw new Error('this browser has no room for another canvas');
  return context;
}
