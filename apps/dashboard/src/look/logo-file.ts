import { MAX_LOGO_CHARS } from '@amphi/protocol';

/** Twice what it takes on a page, for fine screens. */
const MOST = { width: 416, height: 80 };

/**
 * A file as a logo: an image that the browser can read, drawn no larger than a logo is shown, and smaller where that takes too much.
 * @returns undefined for what is no image, or has more detail than a logo can keep
 */
export async function logoOf(file: File): Promise<string | undefined> {
  const url = URL.createObjectURL(file);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const fits = Math.min(1, MOST.width / image.naturalWidth, MOST.height / image.naturalHeight);
    return [1, 0.75, 0.5].map((share) => drawn(image, fits * share)).find((url) => url.length <= MAX_LOGO_CHARS);
  } catch {
    // Not an image, or none that this browser reads.
    return undefined;
  } finally {
    URL.revokeObjectURL(url);
  }
}

function drawn(image: HTMLImageElement, scale: number): string {
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(image.naturalWidth * scale));
  canvas.height = Math.max(1, Math.round(image.naturalHeight * scale));
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL('image/png');
}
