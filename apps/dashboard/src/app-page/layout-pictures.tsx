import type { ReactNode } from 'react';

/** Small drawings beside the choices of the live stream. Decoration. */

export function WidePicture() {
  return (
    <Frame>
      <rect x="2" y="6" width="24" height="14" rx="2" fill="currentColor" />
    </Frame>
  );
}

export function UprightPicture() {
  return (
    <Frame>
      <rect x="8" y="1.5" width="12" height="23" rx="2" fill="currentColor" />
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

function Frame({ children }: { children: ReactNode }) {
  return (
    <svg viewBox="0 0 28 26" className="size-7" aria-hidden="true">
      {children}
    </svg>
  );
}
