import type { ReactNode } from 'react';

/** Small drawings beside the choices of the live stream. Decoration. */

const SHAPES = {
  '16:9': { width: 24, height: 14 },
  '4:3': { width: 22, height: 16.5 },
  '1:1': { width: 19, height: 19 },
  '3:4': { width: 16.5, height: 22 },
  '9:16': { width: 12, height: 23 },
} as const;

/** A picture of a shape, about as large as those of the others. */
export function ShapePicture({ shape }: { shape: keyof typeof SHAPES }) {
  const { width, height } = SHAPES[shape];
  return (
    <Frame>
      <rect x={14 - width / 2} y={13 - height / 2} width={width} height={height} rx="2" fill="currentColor" />
    </Frame>
  );
}

export function GridPicture() {
  return (
    <Frame>
      {[2, 15].map((x) => (
        <g key={x} fill="currentColor">
          <rect x={x} y="5" width="11" height="7" rx="1.5" />
          <rect x={x} y="14" width="11" height="7" rx="1.5" />
        </g>
      ))}
    </Frame>
  );
}

export function ActiveSpeakerPicture() {
  return (
    <Frame>
      <g fill="currentColor">
        <rect x="2" y="5" width="17" height="16" rx="1.5" />
        <rect x="21" y="7" width="5" height="5" rx="1" />
        <rect x="21" y="14" width="5" height="5" rx="1" />
      </g>
    </Frame>
  );
}

export function SidebarPicture() {
  return (
    <Frame>
      <g fill="currentColor">
        <rect x="2" y="5" width="14" height="16" rx="1.5" />
        {[5, 10.5, 16].map((y) => (
          <rect key={y} x="18" y={y} width="8" height="4.5" rx="1" />
        ))}
      </g>
    </Frame>
  );
}

export function InsetPicture() {
  return (
    <Frame>
      <path
        fill="currentColor"
        fillRule="evenodd"
        d="M3.5 5h21A1.5 1.5 0 0 1 26 6.5v13a1.5 1.5 0 0 1-1.5 1.5h-21A1.5 1.5 0 0 1 2 19.500v-13A1.5 1.500 0 0 1 3.500 5zM16 14v5h8v-5z"
      />
      <rect x="17" y="15" width="6" height="3" rx="0.5" fill="currentColor" />
    </Frame>
  );
}

export function SinglePicture() {
  return (
    <Frame>
      <g fill="currentColor">
        <circle cx="14" cy="10" r="4" />
        <path d="M5 21a9 8 0 0 1 18 0z" />
      </g>
    </Frame>
  );
}

function Frame({ children }: { children: ReactNode }) {
  return (
    <svg viewBox="0 0 28 26" className="size-7" aria-hidden="true">
      {children}
    </svg>
  );
}
