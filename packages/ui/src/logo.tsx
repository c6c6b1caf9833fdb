import { classNames } from './class-names.ts';

/**
 * The mark: an amphitheatre seen from above, the stage below and three rows around it.
 * It takes the text colour; the stage is clay. Decoration: the name stands beside it or on the link around it.
 */
export function AmphiMark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" fill="none" className={classNames('size-8 shrink-0', className)} aria-hidden="true">
      <path
        d="M9.1 24.5a7 7 0 1 1 13.8 0M4.3 24.5a11.8 11.8 0 1 1 23.4 0"
        stroke="currentColor"
        strokeWidth="2.6"
        strokeLinecap="round"
      />
      <circle cx="16" cy="23.4" r="3.1" fill="var(--amphi-live-fill)" />
    </svg>
  );
}

/** Mark and word. */
export function AmphiLogo({ className }: { className?: string }) {
  return (
    <span className={classNames('inline-flex items-center gap-2 text-ink', className)}>
      <AmphiMark className="size-7 text-accent" />
      <span className="text-[1.1875rem] leading-none font-semibold tracking-[-0.02em]">Amphi</span>
    </span>
  );
}
