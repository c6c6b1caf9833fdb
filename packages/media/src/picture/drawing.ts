import { createRequire } from 'node:module';
import { createCanvas, GlobalFonts, type SKRSContext2D } from '@napi-rs/canvas';
import { type Overlay, overlayFromRgba } from './overlay.ts';

/** Text and plates, drawn once and kept: a label costs a third of a millisecond, blending it a tick far less. */

const FAMILY = 'Amphi Inter';
let fontsReady = false;

/** Ships its own font: a bare system has none. Scripts that Inter lacks come from what the system has, if it has. */
function ensureFonts(): void {
  if (fontsReady) return;
  const resolve = createRequire(import.meta.url).resolve;
  for (const subset of ['latin', 'latin-ext', 'cyrillic', 'cyrillic-ext', 'greek', 'greek-ext', 'vietnamese']) {
    GlobalFonts.registerFromPath(resolve(`@fontsource/inter/files/inter-${subset}-600-normal.woff2`), FAMILY);
  }
  fontsReady = true;
}

const even = (value: number): number => Math.ceil(value / 2) * 2;

function draw(width: number, height: number, paint: (g: SKRSContext2D) => void): Overlay {
  ensureFonts();
  const canvas = createCanvas(width, height);
  const g = canvas.getContext('2d');
  paint(g);
  return overlayFromRgba(g.getImageData(0, 0, width, height).data, width, height);
}

function font(sizePx: number): string {
  return `600 ${sizePx}px "${FAMILY}", sans-serif`;
}

/** A name plate for the lower left of a tile, at most `maxWidth` wide; longer names end in an ellipsis. */
export function drawLabel(options: {
  readonly name: string;
  readonly muted: boolean;
  readonly maxWidth: number;
  readonly heightPx: number;
}): Overlay {
  ensureFonts();
  const height = even(options.heightPx);
  const padding = Math.round(height * 0.35);
  const size = Math.round(height * 0.56);
  const icon = options.muted ? height * 0.7 : 0;
  const measure = createCanvas(2, 2).getContext('2d');
  measure.font = font(size);
  const name = fitText(measure, drawable(options.name) || 'Guest', options.maxWidth - 2 * padding - icon);
  const width = even(Math.min(options.maxWidth, measure.measureText(name).width + 2 * padding + icon));
  return draw(width, height, (g) => {
    g.fillStyle = 'rgb(16 18 24 / 0.66)';
    g.beginPath();
    g.roundRect(0, 0, width, height, height * 0.28);
    g.fill();
    g.fillStyle = '#fff';
    g.font = font(size);
    g.textBaseline = 'middle';
    g.fillText(name, padding, height / 2 + size * 0.04);
    if (options.muted) drawMutedMicrophone(g, width - padding - height * 0.25, height / 2, height * 0.5);
  });
}

/** What stands in a tile while the camera is off: initials in a disc. Covers `size` × `size`. */
export function drawInitials(name: string, sizePx: number): Overlay {
  const size = even(Math.max(32, sizePx));
  const initials = initialsOf(drawable(name));
  return draw(size, size, (g) => {
    g.fillStyle = `hsl(${hueOf(name)} 35% 42%)`;
    g.beginPath();
    g.arc(size / 2, size / 2, size / 2, 0, Math.PI * 2);
    g.fill();
    g.fillStyle = '#fff';
    g.font = font(Math.round(size * 0.4));
    g.textAlign = 'center';
    g.textBaseline = 'middle';
    g.fillText(initials, size / 2, size * 0.52);
  });
}

/** Shown while nobody is on stage. */
export function drawSlate(title: string, canvas: { readonly width: number; readonly height: number }): Overlay {
  const width = even(canvas.width * 0.8);
  const height = even(canvas.height * 0.3);
  const size = Math.round(Math.min(width * 0.07, height * 0.3));
  return draw(width, height, (g) => {
    g.textAlign = 'center';
    g.fillStyle = '#fff';
    g.font = font(size);
    g.fillText(fitText(g, drawable(title), width), width / 2, height * 0.4);
    g.fillStyle = 'rgb(255 255 255 / 0.7)';
    g.font = font(Math.round(size * 0.5));
    g.fillText('Please stand by', width / 2, height * 0.75);
  });
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

/** No font has this one. */
const MISSING = '\u{10fffe}';
const knownGlyphs = new Map<string, boolean>();

/** The text without characters that no font here can draw; boxes would be all that is seen of them. */
function drawable(text: string): string {
  return [...text]
    .filter((char) => {
      // Joiners and variation selectors have no look of their own.
      if (/[\p{L}\p{N}\p{P}\p{S}]/u.test(char) === false) return true;
      let known = knownGlyphs.get(char);
      if (known === undefined) {
        known = looksOf(char) !== looksOf(MISSING);
        knownGlyphs.set(char, known);
      }
      return known;
    })
    .join('')
    .trim();
}

function looksOf(char: string): string {
  ensureFonts();
  const size = 20;
  const g = createCanvas(size, size).getContext('2d');
  g.font = font(size * 0.7);
  g.textBaseline = 'middle';
  g.fillText(char, 2, size / 2);
  return Buffer.from(g.getImageData(0, 0, size, size).data).toString('latin1');
}

export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) =>
    word ? ([...word][0] ?? '') : '',
  );
  return letters.join('').toUpperCase() || '?';
}

/** The same colour for the same name. */
function hueOf(name: string): number {
  let hash = 7;
  for (const char of name) hash = (hash * 31 + char.codePointAt(0)!) % 360;
  return hash;
}

function fitText(g: SKRSContext2D, text: string, width: number): string {
  if (g.measureText(text).width <= width) return text;
  const letters = [...text];
  while (letters.length > 1 && g.measureText(`${letters.join('')}…`).width > width) letters.pop();
  return `${letters.join('')}…`;
}
