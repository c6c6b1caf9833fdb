import * as z from 'zod';

/** How the stage is drawn into the stream. The geometry of each layout is in `packages/layout`. */

export const aspectRatio = z.enum(['16:9', '4:3', '1:1', '3:4', '9:16']);
export const layoutName = z.enum(['grid', 'active_speaker', 'sidebar', 'picture_in_picture', 'single']);
export const tileFit = z.enum(['auto', 'crop', 'fit']);
export const corner = z.enum(['top_left', 'top_right', 'bottom_left', 'bottom_right']);

const color = z.string().regex(/^#[0-9a-fA-F]{6}$/, 'a colour as "#" and six hexadecimal digits, such as "#0d1016"');

/** Characters of a `data:` URL: a file of 150 kB. */
export const MAX_IMAGE_CHARS = 200_000;

/** Images travel with the settings: nothing has to be fetched, or can be away, while a stream is live. */
const image = z
  .string()
  .max(MAX_IMAGE_CHARS)
  .regex(
    /^data:image\/(?:png|jpeg);base64,[A-Za-z0-9+/]+={0,2}$/,
    'a PNG or JPEG file of at most 150 kB as "data:image/png;base64,…" or "data:image/jpeg;base64,…"',
  );

const logo = z.object({ image, corner: corner.default('top_right') });

/** Fields without what is assumed when they are missing: of a change, what is missing stays. */
const fields = {
  layout: layoutName,
  /** Shape of the small tiles. */
  tileAspectRatio: aspectRatio,
  /** What becomes of a camera whose shape is not its tile's. */
  tileFit,
  /** Pixels of the largest rendition, between tiles. */
  gap: z.int().min(0).max(64),
  /** Around all tiles; null: the gap, and none around one that stands alone. */
  margin: z.int().min(0).max(200).nullable(),
  showNames: z.boolean(),
  backgroundColor: color,
  backgroundImage: image.nullable(),
  logo: logo.nullable(),
  /** Below the room's name while nobody is on stage. */
  standByText: z.string().max(100),
  /** That picture is shown in place of the stage, and nothing is heard: a break. */
  standBy: z.boolean(),
};

export const composition = z.object({
  layout: fields.layout.default('grid'),
  tileAspectRatio: fields.tileAspectRatio.default('16:9'),
  /** Shape of the whole picture. */
  videoAspectRatio: aspectRatio.default('16:9'),
  tileFit: fields.tileFit.default('auto'),
  gap: fields.gap.default(8),
  margin: fields.margin.default(null),
  showNames: fields.showNames.default(true),
  backgroundColor: fields.backgroundColor.default('#0d1016'),
  backgroundImage: fields.backgroundImage.default(null),
  logo: fields.logo.default(null),
  standByText: fields.standByText.default('Please stand by'),
  standBy: fields.standBy.default(false),
});

/** What is to be other than it is, of a stream that runs or of those to come. What is missing stays. */
export const compositionWish = z.strictObject({ ...fields, videoAspectRatio: aspectRatio }).partial();

export type AspectRatio = z.infer<typeof aspectRatio>;
export type LayoutName = z.infer<typeof layoutName>;
export type TileFit = z.infer<typeof tileFit>;
/** How the stage is drawn into the stream: all of it. */
export type Composition = z.infer<typeof composition>;
/** What is to be other than it is. */
export type CompositionWish = z.infer<typeof compositionWish>;
