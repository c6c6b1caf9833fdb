import { classNames } from './class-names.ts';
import { BIDI_CONTROLS } from './isolate.ts';

/** Pairs of ground and ink, each at least 4.5:1. */
const grounds = [
  'bg-accent-wash text-accent',
  'bg-live-wash text-live',
  'bg-dusk-wash text-dusk',
  'bg-ok-wash text-ok',
  'bg-warn-wash text-warn',
] as const;

export interface AvatarProps {
  name: string;
  /** Width and height in pixels; default 40. */
  size?: number;
  className?: string;
}

/** Initials on a colour that stays the same for a name. Decoration: the name stands beside it. */
export function Avatar({ name, size = 40, className }: AvatarProps) {
  return (
    <span
      aria-hidden="true"
      style={{ width: size, height: size, fontSize: size * 0.38 }}
      className={classNames(
        'inline-grid shrink-0 place-items-center rounded-full font-semibold select-none',
        grounds[hash(name) % grounds.length],
        className,
      )}
    >
      {initialsOf(name)}
    </span>
  );
}

/** First letters of the first and the last word, in any script; "?" for an empty name. */
export function initialsOf(name: string): string {
  const words = name.replace(BIDI_CONTROLS, '').trim().split(/\s+/u).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => {
    if (word === undefined) return '';
    const [first] = new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(word);
    return first?.segment.toLocaleUpperCase() ?? '';
  });
  return letters.join('') || '?';
}

function hash(text: string): number {
  let value = 0;
  for (const character of text) value = (value * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return value;
}
