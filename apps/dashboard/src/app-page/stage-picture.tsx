import { planPicture, type StageItem } from '@amphi/layout';
import type { Composition } from '@amphi/protocol';
import { StagePicture as Drawing, IconButton } from '@amphi/ui';
import { Minus, Plus } from 'lucide-react';
import { useState } from 'react';

const MAX_PEOPLE = 9;

const people: readonly StageItem[] = Array.from({ length: MAX_PEOPLE }, (_, index) => ({
  id: `person-${index + 1}`,
  kind: 'person',
}));

/** A drawing of the composed picture with so many people on stage as one wants to see. */
export function StagePicture({ composition, dimmed }: { composition: Composition; dimmed: boolean }) {
  const [count, setCount] = useState(4);
  const { canvas, tiles } = planPicture(people.slice(0, count), composition);
  return (
    <figure className="flex flex-col gap-3">
      <Drawing
        canvas={canvas}
        tiles={tiles}
        label={describePicture(composition, tiles.length)}
        showNames={composition.showNames}
        backgroundColor={composition.backgroundColor}
        backgroundImage={composition.backgroundImage}
        logo={composition.logo}
        slate={composition.standByText}
        dimmed={dimmed}
      />
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
