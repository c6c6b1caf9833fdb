import { arrange, PICTURE_ALIGNMENT, type Size, type StageItem } from '@amphi/layout';
import type { Composition } from '@amphi/protocol';
import { classNames, IconButton } from '@amphi/ui';
import { Minus, Plus } from 'lucide-react';
import { useState } from 'react';

/** Pictures with 720 lines on the shorter side. */
const canvasSizes: Record<Composition['videoAspectRatio'], Size> = {
  '16:9': { width: 1280, height: 720 },
  '4:3': { width: 960, height: 720 },
  '1:1': { width: 720, height: 720 },
  '3:4': { width: 720, height: 960 },
  '9:16': { width: 720, height: 1280 },
};

const MAX_PEOPLE = 9;

const people: readonly (StageItem & { readonly tone: string })[] = [
  'bg-[#8a3d1f]',
  'bg-[#1f5d55]',
  'bg-[#45457f]',
  'bg-[#6d5520]',
  'bg-[#2f5f3d]',
  'bg-[#7a3550]',
  'bg-[#2c5470]',
  'bg-[#6b4630]',
  'bg-[#4d5a1f]',
].map((tone, index) => ({ id: `person-${index + 1}`, kind: 'person', tone }));

/** A drawing of the composed picture, placed by the same rules as the stream itself. */
export function StagePicture({ composition, dimmed }: { composition: Composition; dimmed: boolean }) {
  const [count, setCount] = useState(4);
  const canvas = canvasSizes[composition.videoAspectRatio];
  const shown = people.slice(0, count);
  const tiles = arrange(shown, canvas, {
    layout: composition.layout,
    tileAspectRatio: composition.tileAspectRatio,
    gap: composition.gap,
    ...(composition.margin !== null && { margin: composition.margin }),
    align: PICTURE_ALIGNMENT,
  });
  const percent = (part: number, whole: number) => `${((part / whole) * 100).toFixed(3)}%`;
  const upright = canvas.height > canvas.width;
  return (
    <figure className="flex flex-col gap-3">
      <div className="grid place-items-center rounded-control bg-sunken p-4">
        <div
          role="img"
          aria-label={describePicture(composition, tiles.length)}
          data-testid="stage-picture"
          className={classNames(
            'relative overflow-hidden rounded-md bg-cover bg-center shadow-raised transition-opacity duration-200',
            dimmed && 'opacity-35',
            upright ? 'h-80 max-w-full' : 'w-full max-w-md',
          )}
          style={{
            aspectRatio: `${canvas.width} / ${canvas.height}`,
            backgroundColor: composition.backgroundColor,
            backgroundImage: composition.backgroundImage === null ? undefined : `url(${composition.backgroundImage})`,
          }}
        >
          {people.map((person) => {
            const tile = tiles.find(({ id }) => id === person.id);
            if (tile === undefined) return null;
            return (
              <div
                key={person.id}
                data-testid="stage-tile"
                className={classNames(
                  'absolute flex animate-fade items-end justify-center overflow-hidden transition-[left,top,width,height] duration-200',
                  person.tone,
                )}
                style={{
                  left: percent(tile.x, canvas.width),
                  top: percent(tile.y, canvas.height),
                  width: percent(tile.width, canvas.width),
                  height: percent(tile.height, canvas.height),
                  // Insets lie over the large tile.
                  zIndex: tiles.indexOf(tile),
                }}
              >
                <Silhouette />
                {composition.showNames && <NamePlate />}
              </div>
            );
          })}
          {composition.logo && (
            <img
              src={composition.logo.image}
              alt=""
              className={classNames('absolute z-50 max-h-[12%] max-w-[24%]', logoPlaces[composition.logo.corner])}
              data-testid="stage-logo"
            />
          )}
        </div>
      </div>
      <figcaption className="flex items-center justify-between gap-2 text-sm text-ink-soft">
        <span aria-live="polite">
          With {count} {count === 1 ? 'person' : 'people'} on stage
          {tiles.length < count && `, ${count - tiles.length} of them heard only`}
        </span>
        <span className="flex">
          <IconButton
            label="Fewer people"
            size="sm"
            tooltip={false}
            icon={<Minus />}
            disabled={count <= 1}
            onClick={() => setCount(count - 1)}
            data-testid="stage-fewer"
          />
          <IconButton
            label="More people"
            size="sm"
            tooltip={false}
            icon={<Plus />}
            disabled={count >= MAX_PEOPLE}
            onClick={() => setCount(count + 1)}
            data-testid="stage-more"
          />
        </span>
      </figcaption>
    </figure>
  );
}

const logoPlaces = {
  top_left: 'top-[3%] left-[3%]',
  top_right: 'top-[3%] right-[3%]',
  bottom_left: 'bottom-[3%] left-[3%]',
  bottom_right: 'right-[3%] bottom-[3%]',
} as const;

function NamePlate() {
  return (
    <span className="absolute bottom-1.5 left-1.5 h-2 w-8 max-w-[60%] rounded-sm bg-black/60" aria-hidden="true" />
  );
}

function Silhouette() {
  return (
    <svg viewBox="0 0 60 50" className="h-[78%] w-[78%]" preserveAspectRatio="xMidYMax meet" aria-hidden="true">
      <g fill="#ffffff" opacity="0.5">
        <circle cx="30" cy="17" r="11" />
        <path d="M7 52a23 20 0 0 1 46 0z" />
      </g>
    </svg>
  );
}

const shapes: Record<Composition['videoAspectRatio'], string> = {
  '16:9': 'Wide',
  '4:3': 'Classic',
  '1:1': 'Square',
  '3:4': 'Portrait',
  '9:16': 'Upright',
};

function describePicture({ layout, videoAspectRatio, tileAspectRatio }: Composition, tiles: number): string {
  const picture = `${shapes[videoAspectRatio]} picture`;
  if (layout === 'grid') return `${picture} with ${tiles} equal tiles of ${tileAspectRatio}`;
  if (tiles <= 1) return `${picture} with the speaker alone`;
  const where = layout === 'picture_in_picture' ? ' over it' : '';
  return `${picture} with the speaker large and ${tiles - 1} small tiles of ${tileAspectRatio}${where}`;
}
