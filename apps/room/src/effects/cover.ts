interface Size {
  readonly width: number;
  readonly height: number;
}

/** The part of a picture, in its pixels, that fills another shape without being stretched: as much as possible, its middle. */
export function coveringPart(picture: Size, shape: Size): Size & { readonly x: number; readonly y: number } {
  const scale = Math.min(picture.width / shape.width, picture.height / shape.height);
  const [width, height] = [shape.width * scale, shape.height * scale];
  return { x: (picture.width - width) / 2, y: (picture.height - height) / 2, width, height };
}
