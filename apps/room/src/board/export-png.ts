import { PAGE, type PlacedShape, svgOf } from './shapes.ts';

/** Saves what is on the board as a PNG file, on light ground. @throws Error when the browser makes no picture of it */
export async function exportPng(shapes: readonly PlacedShape[], fileName: string): Promise<void> {
  const picture = new Image(PAGE.width, PAGE.height);
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svgOf(shapes))}`;
  await picture.decode();
  const canvas = document.createElement('canvas');
  canvas.width = PAGE.width;
  canvas.height = PAGE.height;
  canvas.getContext('2d')?.drawImage(picture, 0, 0, PAGE.width, PAGE.height);
  const png = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (!png) throw new Error('PNG');
  const url = URL.createObjectURL(png);
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  // Not before the browser has begun to read it.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
