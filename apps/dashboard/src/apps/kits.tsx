import type { KitId } from '@amphi/protocol';

/** Name of a starter kit, for where only its id is known. */
export function kitTitle(kit: KitId): string {
  return kit === 'live_streaming' ? 'Live Streaming' : 'Custom';
}

/** A picture of what a kit sets up: lit seats are the roles it brings. Decoration. */
export function KitPicture({ kit }: { kit: KitId }) {
  const custom = kit === 'custom';
  return (
    <svg viewBox="0 0 220 120" className="w-full" fill="none" aria-hidden="true">
      <rect width="220" height="120" rx="12" fill="var(--amphi-sunken)" />
      {[34, 54, 74, 94].map((radius, row) => (
        <path
          key={radius}
          d={`M${110 - radius} 106a${radius} ${radius} 0 0 1 ${radius * 2} 0`}
          stroke={custom ? 'var(--amphi-line-strong)' : 'var(--amphi-dusk)'}
          strokeWidth="5"
          strokeLinecap="round"
          strokeDasharray={seats(radius)}
          opacity={custom ? 0.8 : 0.85 - row * 0.17}
        />
      ))}
      <circle
        cx="110"
        cy="102"
        r="11"
        fill={custom ? 'none' : 'var(--amphi-live-fill)'}
        stroke={custom ? 'var(--amphi-line-strong)' : 'none'}
        strokeWidth="2.5"
        strokeDasharray="5 4"
      />
    </svg>
  );
}

/** Round caps on dashes of no length are seats; the gaps divide the half circle evenly, and so that the last seat is on it. */
function seats(radius: number): string {
  const length = Math.PI * radius * 0.999;
  return `0.01 ${(length / Math.round(length / 10) - 0.01).toFixed(3)}`;
}
