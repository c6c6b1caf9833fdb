import { Badge, type BadgeTone } from './badge.tsx';
import { classNames } from './class-names.ts';
import { UI_WORDS, useUiWords } from './words.ts';

/** How close a role sits: on the stage, in the front rows (WebRTC), or in the far rows (the stream). */
export type SeatLevel = 'stage' | 'webinar' | 'stream';

const tones: Record<SeatLevel, BadgeTone> = { stage: 'live', webinar: 'accent', stream: 'dusk' };

/** The name of a level and what it means, in English; in other languages they are among the `UiWords`. */
export function describeLevel(level: SeatLevel): { readonly name: string; readonly meaning: string } {
  return UI_WORDS.levels[level];
}

/** The mark of the product with the seats of this level lit. Decoration. */
export function LevelMark({ level, className }: { level: SeatLevel; className?: string }) {
  const lit = (at: SeatLevel) => (at === level ? 1 : 0.25);
  return (
    <svg viewBox="0 0 32 32" fill="none" className={classNames('size-5 shrink-0', className)} aria-hidden="true">
      <g stroke="currentColor" strokeWidth="3.2" strokeLinecap="round">
        <path d="M4.3 24.5a11.8 11.8 0 1 1 23.4 0" opacity={lit('stream')} />
        <path d="M9.6 24.5a6.6 6.6 0 1 1 12.8 0" opacity={lit('webinar')} />
      </g>
      <circle cx="16" cy="23.6" r="3.3" fill="currentColor" opacity={lit('stage')} />
    </svg>
  );
}

/** Badge with mark and name of a level. */
export function LevelBadge({ level, className }: { level: SeatLevel; className?: string }) {
  const { name } = useUiWords().levels[level];
  return (
    <Badge tone={tones[level]} icon={<LevelMark level={level} />} {...(className === undefined ? {} : { className })}>
      {name}
    </Badge>
  );
}
