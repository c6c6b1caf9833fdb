import { Badge, type BadgeTone } from './badge.tsx';
import { classNames } from './class-names.ts';

/** How close a role sits: on the stage, in the front rows (WebRTC), or in the far rows (the stream). */
export type SeatLevel = 'stage' | 'webinar' | 'stream';

const levels: Record<SeatLevel, { readonly name: string; readonly meaning: string; readonly tone: BadgeTone }> = {
  stage: { name: 'On stage', meaning: 'Sends audio and video, in real time', tone: 'live' },
  webinar: { name: 'Webinar audience', meaning: 'Watches in real time, publishes nothing', tone: 'accent' },
  stream: { name: 'Stream audience', meaning: 'Watches the composed stream, about two seconds behind', tone: 'dusk' },
};

/** The name of a level and what it means, in the words of the product. */
export function describeLevel(level: SeatLevel): { readonly name: string; readonly meaning: string } {
  return levels[level];
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
  const { name, tone } = levels[level];
  return (
    <Badge tone={tone} icon={<LevelMark level={level} />} {...(className === undefined ? {} : { className })}>
      {name}
    </Badge>
  );
}
