import type { ComponentProps, ReactNode } from 'react';
import { classNames } from './class-names.ts';

export type BadgeTone = 'neutral' | 'accent' | 'live' | 'dusk' | 'ok' | 'warn' | 'danger';

const tones: Record<BadgeTone, string> = {
  neutral: 'bg-sunken text-ink-soft',
  accent: 'bg-accent-wash text-accent',
  live: 'bg-live-wash text-live',
  dusk: 'bg-dusk-wash text-dusk',
  ok: 'bg-ok-wash text-ok',
  warn: 'bg-warn-wash text-warn',
  danger: 'bg-danger-wash text-danger',
};

export interface BadgeProps extends ComponentProps<'span'> {
  tone?: BadgeTone;
  icon?: ReactNode;
  /** Filled, for what must be seen from afar: "Live". Only for `live` and `danger`. */
  solid?: boolean;
}

/** A word or two about a thing. */
export function Badge({ tone = 'neutral', icon, solid = false, className, children, ...rest }: BadgeProps) {
  return (
    <span
      {...rest}
      className={classNames(
        'inline-flex items-center gap-1.5 rounded-full px-2.5 py-0.5 text-[0.8125rem] font-medium whitespace-nowrap [&_svg]:size-[1.15em] [&_svg]:shrink-0',
        solid && tone === 'live' && 'bg-live-fill text-on-live',
        solid && tone === 'danger' && 'bg-danger-fill text-on-danger',
        !(solid && (tone === 'live' || tone === 'danger')) && tones[tone],
        className,
      )}
    >
      {icon}
      {children}
    </span>
  );
}
