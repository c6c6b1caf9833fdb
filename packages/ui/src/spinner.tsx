import { classNames } from './class-names.ts';

/**
 * Three rows of an amphitheatre that light up from the stage outwards.
 * With `label` it is a status that screen readers announce; without, it is decoration beside words that say the same.
 */
export function Spinner({ label, className }: { label?: string; className?: string }) {
  return (
    <span
      className={classNames('inline-flex items-center gap-2', className)}
      {...(label === undefined ? { 'aria-hidden': true } : { role: 'status' })}
    >
      <svg viewBox="0 0 24 24" className="size-[1.25em] shrink-0" fill="none" aria-hidden="true">
        <circle cx="12" cy="18" r="2" fill="currentColor" />
        {[6, 10.5, 15].map((radius, row) => (
          <path
            key={radius}
            d={arc(radius)}
            stroke="currentColor"
            strokeWidth="2.25"
            strokeLinecap="round"
            className="animate-breathe"
            style={{ animationDelay: `${row * 200}ms` }}
          />
        ))}
      </svg>
      {label !== undefined && <span>{label}</span>}
    </span>
  );
}

/** An upper arc of 110 degrees around the stage at (12, 18). */
function arc(radius: number): string {
  const dx = radius * Math.sin((55 * Math.PI) / 180);
  const dy = radius * Math.cos((55 * Math.PI) / 180);
  return `M${(12 - dx).toFixed(2)} ${(18 - dy).toFixed(2)}A${radius} ${radius} 0 0 1 ${(12 + dx).toFixed(2)} ${(18 - dy).toFixed(2)}`;
}
