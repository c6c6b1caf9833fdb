import { type AspectRatio, LAYOUTS } from '@amphi/layout';
import { createCanvas } from '@napi-rs/canvas';
import { describe, expect, it } from 'vitest';
import {
  blend,
  fillPicture,
  overlayFromRgba,
  type Picture,
  pictureBytes,
  pictureOver,
  type Yuv,
} from '../src/index.ts';
import { Compositor, type CompositorItem, type SceneOptions } from '../src/picture/compositor.ts';
import { drawLettering } from '../src/picture/drawing.ts';
import { expectGolden } from './golden.ts';

/** What a stream looks like, through the compositor that draws it. Look at the pictures: `packages/media/test/golden`. */

const CANVASES: Record<AspectRatio, { width: number; height: number }> = {
  '16:9': { width: 640, height: 360 },
  '4:3': { width: 480, height: 360 },
  '1:1': { width: 360, height: 360 },
  '3:4': { width: 360, height: 480 },
  '9:16': { width: 360, height: 640 },
};
const GRID: SceneOptions = { layout: 'grid', tileAspectRatio: '16:9', gap: 8 };
const COLOURS: readonly Yuv[] = [
  [120, 90, 190],
  [140, 170, 90],
  [160, 100, 110],
  [110, 150, 150],
];

const picture = (width: number, height: number): Picture =>
  pictureOver(new ArrayBuffer(pictureBytes(width, height)), 0, width, height);

/** A camera: a colour with a head in it, and a frame that shows what is cropped. */
function camera(index: number, width = 320, height = 180): { picture: Picture; serial: number } {
  const made = picture(width, height);
  fillPicture(made, COLOURS[index % COLOURS.length]!);
  const canvas = createCanvas(width, height);
  const g = canvas.getContext('2d');
  g.strokeStyle = '#fff';
  g.lineWidth = 8;
  g.strokeRect(0, 0, width, height);
  g.fillStyle = 'rgb(0 0 0 / 0.5)';
  g.beginPath();
  g.arc(width / 2, height * 0.4, height * 0.18, 0, 2 * Math.PI);
  g.arc(width / 2, height * 1.05, height * 0.42, 0, 2 * Math.PI);
  g.fill();
  blend(made, overlayFromRgba(g.getImageData(0, 0, width, height).data, width, height), 0, 0);
  return { picture: made, serial: index + 1 };
}

const person = (index: number, name: string, more: Partial<CompositorItem> = {}): CompositorItem => ({
  id: `p${index}`,
  kind: 'person',
  name,
  videoSourceId: String(index),
  audioMuted: false,
  ...more,
});

const STAGE: readonly CompositorItem[] = [
  person(0, 'Ann Example'),
  person(1, 'Bob', { audioMuted: true }),
  person(2, 'Cid Without Camera', { videoSourceId: undefined }),
  person(3, 'Dora'),
];
const screen = (index: number): CompositorItem => ({
  id: `s${index}`,
  kind: 'screen',
  name: 'Ann Example',
  videoSourceId: String(index),
  audioMuted: false,
});

function draw(items: readonly CompositorItem[], options: SceneOptions, size = CANVASES['16:9']): Picture {
  const canvas = picture(size.width, size.height);
  using compositor = new Compositor({ canvases: [canvas], title: 'Town hall' });
  compositor.setScene(items, options);
  compositor.draw(0, (id) => camera(Number(id)));
  return canvas;
}

/** Rings on a colour: what is cropped of them is seen. */
async function imageOf(width: number, height: number, colour: string): Promise<string> {
  const canvas = createCanvas(width, height);
  const g = canvas.getContext('2d');
  g.fillStyle = colour;
  g.fillRect(0, 0, width, height);
  g.strokeStyle = '#fff';
  g.lineWidth = 6;
  for (const radius of [0.2, 0.35, 0.5]) {
    g.beginPath();
    g.arc(width / 2, height / 2, radius * Math.min(width, height), 0, 2 * Math.PI);
    g.stroke();
  }
  return `data:image/png;base64,${(await canvas.encode('png')).toString('base64')}`;
}

const fileName = (ratio: string): string => ratio.replace(':', 'x');

describe('golden pictures', () => {
  it.each(LAYOUTS.flatMap((layout) => Object.keys(CANVASES).map((ratio) => [layout, ratio as AspectRatio] as const)))(
    'EG7 LY1: %s on %s',
    async (layout, ratio) => {
      const size = CANVASES[ratio];
      await expectGolden(`${layout}-${fileName(ratio)}`, draw(STAGE, { ...GRID, layout, activeId: 'p1' }, size));
    },
  );

  it.each(LAYOUTS)('LY7: two shared screens in %s', async (layout) => {
    await expectGolden(`screens-${layout}`, draw([...STAGE, screen(4), screen(5)], { ...GRID, layout }));
  });

  it.each(['auto', 'crop', 'fit'] as const)('LY4: a wide camera in an upright tile, %s', async (tileFit) => {
    await expectGolden(`fit-${tileFit}`, draw(STAGE.slice(0, 2), { ...GRID, tileAspectRatio: '3:4', tileFit }));
  });

  it.each(
    (['4:3', '1:1', '9:16'] as const).flatMap((ratio) =>
      (['crop', 'fit'] as const).map((fit) => [ratio, fit] as const),
    ),
  )('LY3 LY4: tiles of %s, %s', async (tileAspectRatio, tileFit) => {
    const scene = { ...GRID, tileAspectRatio, tileFit };
    await expectGolden(`tiles-${fileName(tileAspectRatio)}-${tileFit}`, draw(STAGE, scene));
  });

  it('LY2: 49 people', async () => {
    const everyone = Array.from({ length: 49 }, (_, index) => person(index, `Person ${index + 1}`));
    await expectGolden('grid-49', draw(everyone, GRID));
  });

  it('EG30: a picture behind the tiles, and a logo over them in its corner', async () => {
    const canvas = picture(640, 360);
    const pending: unknown[] = [];
    using compositor = new Compositor({
      canvases: [canvas],
      title: 'Town hall',
      letterer: (lettering) => {
        const drawn = drawLettering(lettering);
        if (drawn instanceof Promise) pending.push(drawn);
        return drawn;
      },
    });
    const logo = { image: await imageOf(200, 100, '#e4572e'), corner: 'bottom_left' } as const;
    compositor.setScene(STAGE, { ...GRID, backgroundImage: await imageOf(320, 320, '#2e86e4'), logo });
    const look = () => compositor.draw(0, (id) => camera(Number(id)));
    look();
    await Promise.all(pending);
    expect(pending).toHaveLength(2);
    look();
    await expectGolden('images', canvas);
  });

  it('EG8: the slate, in the colours of the destination', async () => {
    const standByText = 'Be right back';
    await expectGolden('slate', draw([], { ...GRID, backgroundColor: '#3b1d60', standByText }));
  });

  it('EG29: writes every script, shaped and in its direction, with fonts that are shipped', async () => {
    const names = [
      'محمد 你好 🎉 ไทย हिन्दी 한국어',
      'علي (Ali) 12',
      'שלום O’Brien',
      '臺灣 こんにちは 안녕하세요',
      'বাংলা தமிழ் తెలుగు ಕನ್ನಡ മലയാളം',
      'ગુજરાતી ਪੰਜਾਬੀ ଓଡ଼ିଆ සිංහල',
      'ລາວ ខ្មែរ မြန်မာ བོད ދިވެހި',
      'ქართული Հայերեն አማርኛ Ελλάδα',
      'Привет Đặng Ünal Žižek 𝓐𝓷𝓷',
      '👨‍👩‍👧 🇩🇪 👍🏽 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ❤️ 1️⃣ 😀🔥🚀',
    ];
    const canvas = picture(640, 480);
    fillPicture(canvas, [60, 128, 128]);
    for (const [index, name] of names.entries()) {
      const label = drawLettering({ kind: 'label', name, muted: index % 2 === 1, maxWidth: 560, heightPx: 36 });
      if (label instanceof Promise) throw new Error('texts are drawn at once');
      blend(canvas, label, 12, 10 + index * 46);
      const initials = drawLettering({ kind: 'initials', name, sizePx: 40 });
      if (!(initials instanceof Promise)) blend(canvas, initials, 590, 8 + index * 46);
    }
    await expectGolden('scripts', canvas);
  });
});
