import { CodedError, messageOf } from '@amphi/base';
import { createCanvas, loadImage, type SKRSContext2D } from '@napi-rs/canvas';
import type { MediaErrorCode } from '../native/media-error.ts';
import { directionOf, drawable, familiesOf, graphemesOf } from './fonts.ts';
import { imageSizeOf } from './image-size.ts';
import { type Overlay, overlayFromRgba } from './overlay.ts';

/** Text and plates, drawn once and kept. A label costs a third of a millisecond; the first one in a script tens, in emoji hundreds. */

/** What is to be drawn; the same gives the same overlay. */
export type Lettering =
  /** A name plate for the lower left of a tile, at most `maxWidth` wide; longer names end in an ellipsis. */
  | {
      readonly kind: 'label';
      readonly name: string;
      readonly muted: boolean;
      readonly maxWidth: number;
      readonly heightPx: number;
    }
  /** What stands in a tile while the camera is off: initials in a disc of this size. */
  | { readonly kind: 'initials'; readonly name: string; readonly sizePx: number }
  /** Shown on a canvas of this size while nobody is on stage. */
  | {
      readonly kind: 'slate';
      readonly title: string;
      readonly text: string;
      readonly width: number;
      readonly height: number;
    }
  /** A PNG or JPEG file as a `data:` URL, to cover this box or to be as large as it fits in. */
  | {
      readonly kind: 'image';
      readonly data: string;
      readonly width: number;
      readonly height: number;
      readonly fit: 'cover' | 'contain';
    };

/** Texts are there at once, images in a moment. @throws CodedError `image_unusable`; rejects with it */
export function drawLettering(lettering: Lettering): Overlay | Promise<Overlay> {
  switch (lettering.kind) {
    case 'label':
      return drawLabel(lettering);
    case 'initials':
      return drawInitials(lettering.name, lettering.sizePx);
    case 'slate':
      return drawSlate(lettering);
    case 'image':
      return drawImage(lettering);
  }
}

const even = (value: number): number => Math.ceil(value / 2) * 2;

function draw(width: number, height: number, paint: (g: SKRSContext2D) => void): Overlay {
  const canvas = createCanvas(width, height);
  const g = canvas.getContext('2d');
  paint(g);
  return overlayFromRgba(g.getImageData(0, 0, width, height).data, width, height);
}

/** Shaped, and ordered by the direction of its first letter. */
function setFont(g: SKRSContext2D, sizePx: number, text: string): void {
  g.font = `600 ${sizePx}px ${familiesOf(text)}, sans-serif`;
  g.direction = directionOf(text);
}

function drawLabel(options: Extract<Lettering, { kind: 'label' }>): Overlay {
  const height = even(options.heightPx);
  const padding = Math.round(height * 0.35);
  const size = Math.round(height * 0.56);
  const icon = options.muted ? height * 0.7 : 0;
  const measure = createCanvas(2, 2).getContext('2d');
  const whole = drawable(options.name) || 'Guest';
  setFont(measure, size, whole);
  const name = fitText(measure, whole, options.maxWidth - 2 * padding - icon);
  const width = even(Math.min(options.maxWidth, measure.measureText(name).width + 2 * padding + icon));
  return draw(width, height, (g) => {
    g.fillStyle = 'rgb(16 18 24 / 0.66)';
    g.beginPath();
    g.roundRect(0, 0, width, height, height * 0.28);
    g.fill();
    g.fillStyle = '#fff';
    setFont(g, size, name);
    g.textAlign = 'left';
    g.textBaseline = 'middle';
    g.fillText(name, padding, height / 2 + size * 0.04);
    if (options.muted) drawMutedMicrophone(g, width - padding - height * 0.25, height / 2, height * 0.5);
  });
}

function drawInitials(name: string, sizePx: number): Overlay {
  const size = even(Math.max(32, sizePx));
  const initials = initialsOf(drawable(name));
  return draw(size, size, (g) => {
    g.fillStyle = `hsl(${hueOf(name)} 35% 42%)`;
    g.beginPath();
    g.arc(size / 2, size / 2, size / 2, 0, Math.PI * 2);
    g.fill();
    g.fillStyle = '#fff';
    setFont(g, Math.round(size * 0.4), initials);
    g.textAlign = 'center';
    g.textBaseline = 'middle';
    g.fillText(initials, size / 2, size * 0.52);
  });
}

function drawSlate(slate: Extract<Lettering, { kind: 'slate' }>): Overlay {
  const width = even(slate.width * 0.8);
  const height = even(slate.height * 0.3);
  const size = Math.round(Math.min(width * 0.07, height * 0.3));
  return draw(width, height, (g) => {
    const line = (text: string, sizePx: number, y: number): void => {
      const known = drawable(text);
      setFont(g, sizePx, known);
      g.fillText(fitText(g, known, width), width / 2, y);
    };
    g.textAlign = 'center';
    g.fillStyle = '#fff';
    line(slate.title, size, height * 0.4);
    g.fillStyle = 'rgb(255 255 255 / 0.7)';
    line(slate.text, Math.round(size * 0.5), height * 0.75);
  });
}

async function drawImage(options: Extract<Lettering, { kind: 'image' }>): Promise<Overlay> {
  const bytes = Buffer.from(options.data.slice(options.data.indexOf(',') + 1), 'base64');
  const { width, height } = imageSizeOf(bytes);
  const image = await loadImage(bytes).catch((error: unknown) => {
    throw new CodedError<MediaErrorCode>('image_unusable', `an image cannot be read: ${messageOf(error)}`);
  });
  const choose = options.fit === 'cover' ? Math.max : Math.min;
  const scale = choose(options.width / width, options.height / height);
  const [w, h] = [width * scale, height * scale];
  const box = options.fit === 'cover' ? options : { width: even(w), height: even(h) };
  return draw(box.width, box.height, (g) => g.drawImage(image, (box.width - w) / 2, (box.height - h) / 2, w, h));
}

function drawMutedMicrophone(g: SKRSContext2D, x: number, y: number, size: number): void {
  g.strokeStyle = '#ff8a80';
  g.lineWidth = Math.max(1.5, size * 0.1);
  g.lineCap = 'round';
  g.beginPath();
  g.roundRect(x - size * 0.14, y - size * 0.45, size * 0.28, size * 0.5, size * 0.14);
  g.moveTo(x - size * 0.3, y - size * 0.05);
  g.arc(x, y - size * 0.05, size * 0.3, Math.PI, 0, true);
  g.moveTo(x, y + size * 0.25);
  g.lineTo(x, y + size * 0.45);
  g.moveTo(x - size * 0.42, y - size * 0.42);
  g.lineTo(x + size * 0.42, y + size * 0.42);
  g.stroke();
}

export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) =>
    word ? (graphemesOf(word)[0] ?? '') : '',
  );
  return letters.join('').toUpperCase() || '?';
}

/** The same colour for the same name. */
function hueOf(name: string): number {
  let hash = 7;
  for (const char of name) hash = (hash * 31 + char.codePointAt(0)!) % 360;
  return hash;
}

/** As many characters as fit, an ellipsis after them when some do not. */
function fitText(g: SKRSContext2D, text: string, width: number): string {
  if (g.measureText(text).width <= width) return text;
  const letters = graphemesOf(text);
  const cut = (count: number): string => `${letters.slice(0, count).join('').trimEnd()}…`;
  // Measuring shapes the text: by halves, not letter by letter.
  let [fits, tooMany] = [1, letters.length];
  while (tooMany - fits > 1) {
    const middle = (fits + tooMany) >> 1;
    if (g.measureText(cut(middle)).width <= width) fits = middle;
    else tooMany = middle;
  }
  return cut(fits);
}
