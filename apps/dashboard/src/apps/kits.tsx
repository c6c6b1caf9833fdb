import type { KitId } from '@amphi/protocol';

/** Name of a starter kit, for where only its id is known. */
export function kitTitle(kit: KitId): string {
  return TITLES[kit];
}

const TITLES: Record<KitId, string> = {
  live_streaming: 'Live Streaming',
  webinar: 'Webinar',
  video_conferencing: 'Video Conferencing',
  audio_room: 'Audio Room',
  custom: 'Custom',
};

/** Rows of seats that the kit fills, nearest first, and in which light. */
const SEATS: Record<KitId, { readonly rows: number; readonly tone: string }> = {
  live_streaming: { rows: 4, tone: 'var(--amphi-dusk)' },
  webinar: { rows: 3, tone: 'var(--amphi-accent)' },
  video_conferencing: { rows: 1, tone: 'var(--amphi-live)' },
  audio_room: { rows: 2, tone: 'var(--amphi-accent)' },
  custom: { rows: 0, tone: 'var(--amphi-line-strong)' },
};

/** A picture of what a kit sets up: lit seats are the roles it brings. Decoration. */
export function KitPicture({ kit }: { kit: KitId }) {
  const custom = kit === 'custom';
  const { rows, tone } = SEATS[kit];
  return (
    <svg viewBox="0 0 220 120" className="w-full" fill="none" aria-hidden="true">
      <rect width="220" height="120" rx="12" fill="var(--amphi-sunken)" />
      {[34, 54, 74, 94].map((radius, row) => (
        <path
          key={radius}
          d={`M${110 - radius} 106a${radius} ${radius} 0 0 1 ${radius * 2} 0`}
          stroke={row < rows ? tone : 'var(--amphi-line-strong)'}
          strokeWidth="5"
          strokeLinecap="round"
          strokeDasharray={seats(radius)}
          opacity={row < rows ? 0.85 - row * 0.17 : 0.5}
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
