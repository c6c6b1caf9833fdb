import { create } from 'qrcode';
import { useMemo } from 'react';

/** Free modules around a code, without which readers do not find it (ISO/IEC 18004, 6.3.8). */
const QUIET = 4;

/** A link to be read by a phone's camera. Dark on light in both themes: readers expect it so. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const { path, side } = useMemo(() => drawn(text), [text]);
  return (
    <svg
      viewBox={`0 0 ${side} ${side}`}
      role="img"
      aria-label={label}
      shapeRendering="crispEdges"
      className="w-full max-w-72 rounded-control bg-white"
      data-testid="qr-code"
    >
      <path d={path} fill="#000" />
    </svg>
  );
}

function drawn(text: string): { readonly path: string; readonly side: number } {
  const { modules } = create(text, { errorCorrectionLevel: 'M' });
  const steps: string[] = [];
  for (let y = 0; y < modules.size; y++) {
    for (let x = 0; x < modules.size; x++) {
      if (modules.get(y, x)) steps.push(`M${x + QUIET} ${y + QUIET}h1v1h-1z`);
    }
  }
  return { path: steps.join(''), side: modules.size + 2 * QUIET };
}
