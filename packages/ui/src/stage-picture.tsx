import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';

/** In pixels of the canvas. */
interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface StagePictureTile extends Box {
  readonly id: string;
  readonly kind: 'person' | 'screen';
  /** Where in the tile its camera or screen is seen. */
  readonly picture: Box;
}

export interface StagePictureProps {
  canvas: { readonly width: number; readonly height: number };
  /** In the order in which they are drawn. */
  tiles: readonly StagePictureTile[];
  /** Says to those who do not see it what it shows. */
  label: string;
  /** Of a tile, where names are shown; a bar stands for one that is not known. */
  nameOf?: ((id: string) => string | undefined) | undefined;
  showNames: boolean;
  backgroundColor: string;
  backgroundImage: string | null;
  logo: { readonly image: string; readonly corner: keyof typeof logoPlaces } | null;
  /** In the middle while there are no tiles. */
  slate?: ReactNode;
  dimmed?: boolean;
}

/** A drawing of a composed picture whose tiles were placed by the rules of the stream. Always left to right, as that is. */
export function StagePicture({
  canvas,
  tiles,
  label,
  nameOf,
  showNames,
  backgroundColor,
  backgroundImage,
  logo,
  slate,
  dimmed = false,
}: StagePictureProps) {
  // In the order of the document a tile keeps its place, so that it moves rather than jumps.
  const inOrder = [...tiles].sort((a, b) => (a.id < b.id ? -1 : 1));
  const toneOf = tonesOf(inOrder);
  return (
    <div className="grid place-items-center rounded-control bg-sunken p-4">
      <div
        role="img"
        dir="ltr"
        aria-label={label}
        data-testid="stage-picture"
        className={classNames(
          'relative overflow-hidden rounded-md bg-cover bg-center shadow-raised transition-opacity duration-200',
          dimmed && 'opacity-35',
          canvas.height > canvas.width ? 'h-80 max-w-full' : 'w-full max-w-md',
        )}
        style={{
          aspectRatio: `${canvas.width} / ${canvas.height}`,
          backgroundColor,
          backgroundImage: backgroundImage === null ? undefined : `url(${backgroundImage})`,
        }}
      >
        {tiles.length === 0 && (
          <div className="absolute inset-0 flex flex-col items-center justify-center gap-1 p-3 text-center text-white">
            {slate}
          </div>
        )}
        {inOrder.map((tile) => (
          <div
            key={tile.id}
            data-testid="stage-tile"
            className="absolute animate-fade overflow-hidden bg-black transition-[left,top,width,height] duration-200"
            // Insets lie over the large tile.
            style={{ ...within(tile, canvas), zIndex: tiles.indexOf(tile) }}
          >
            <div
              data-testid="stage-tile-picture"
              className={classNames(
                'absolute flex items-end justify-center overflow-hidden',
                tile.kind === 'screen' ? 'bg-[#3b4450]' : toneOf.get(tile.id),
              )}
              style={within({ ...tile.picture, x: tile.picture.x - tile.x, y: tile.picture.y - tile.y }, tile)}
            >
              {tile.kind === 'person' && <Silhouette />}
            </div>
            {showNames && <NamePlate name={nameOf?.(tile.id)} />}
          </div>
        ))}
        {logo && (
          <img
            src={logo.image}
            alt=""
            className={classNames('absolute z-50 max-h-[12%] max-w-[24%]', logoPlaces[logo.corner])}
            data-testid="stage-logo"
          />
        )}
      </div>
    </div>
  );
}

function within(box: Box, whole: { readonly width: number; readonly height: number }) {
  const percent = (part: number, of: number): string => `${((part / of) * 100).toFixed(3)}%`;
  return {
    left: percent(box.x, whole.width),
    top: percent(box.y, whole.height),
    width: percent(box.width, whole.width),
    height: percent(box.height, whole.height),
  };
}

const tones = [
  'bg-[#8a3d1f]',
  'bg-[#1f5d55]',
  'bg-[#45457f]',
  'bg-[#6d5520]',
  'bg-[#2f5f3d]',
  'bg-[#7a3550]',
  'bg-[#2c5470]',
  'bg-[#6b4630]',
  'bg-[#4d5a1f]',
] as const;

/** Each their own, as long as there are enough; who comes or goes changes those of few others. */
function tonesOf(tiles: readonly { readonly id: string }[]): ReadonlyMap<string, string> {
  const given = new Map<string, string>();
  const taken = new Set<string>();
  for (const { id } of tiles) {
    if (taken.size === tones.length) taken.clear();
    let number = hashOf(id);
    while (taken.has(toneAt(number))) number += 1;
    taken.add(toneAt(number));
    given.set(id, toneAt(number));
  }
  return given;
}

function toneAt(number: number): string {
  return tones[number % tones.length]!;
}

function hashOf(id: string): number {
  let value = 0;
  for (const character of id) value = (value * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return value;
}

const logoPlaces = {
  top_left: 'top-[3%] left-[3%]',
  top_right: 'top-[3%] right-[3%]',
  bottom_left: 'bottom-[3%] left-[3%]',
  bottom_right: 'right-[3%] bottom-[3%]',
} as const;

function NamePlate({ name }: { readonly name: string | undefined }) {
  if (name === undefined || name === '') {
    return (
      <span className="absolute bottom-1.5 left-1.5 h-2 w-8 max-w-[60%] rounded-sm bg-black/60" aria-hidden="true" />
    );
  }
  return (
    <span className="absolute bottom-1 left-1 max-w-[90%] truncate rounded-sm bg-black/60 px-1 text-[0.625rem] leading-4 text-white">
      <bdi>{name}</bdi>
    </span>
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
