const STORAGE_KEY = 'amphi.background';
/** In pixels; a camera's picture is not larger. */
const LARGEST = { width: 1280, height: 720 };
const QUALITY = 0.8;

/**
 * A picture of the person's own, kept by the browser and shown to nobody but as a background.
 * @returns it as a data URL; undefined where there is none
 */
export function readOwnPicture(): string | undefined {
  try {
    return localStorage.getItem(STORAGE_KEY) ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * Keeps a picture for this and later visits, no larger than a camera's.
 * @throws Error where the file is no picture, or the browser has no room for it
 */
export async function keepOwnPicture(file: Blob): Promise<void> {
  const picture = await createImageBitmap(file);
  try {
    const scale = Math.min(1, LARGEST.width / picture.width, LARGEST.height / picture.height);
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    localStorage.setItem(STORAGE_KEY, canvas.toDataURL('image/jpeg', QUALITY));
  } finally {
    picture.close();
  }
}
