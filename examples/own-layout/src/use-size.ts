import { type RefCallback, useEffect, useState } from 'react';

const NOTHING = { width: 0, height: 0 };

/** The size of an element in CSS pixels, kept up to date. */
export function useSize(): readonly [RefCallback<HTMLElement>, { readonly width: number; readonly height: number }] {
  const [element, setElement] = useState<HTMLElement | null>(null);
  const [size, setSize] = useState(NOTHING);
  useEffect(() => {
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => setSize(entry?.contentRect ?? NOTHING));
    observer.observe(element);
    return () => observer.disconnect();
  }, [element]);
  return [setElement, size];
}
