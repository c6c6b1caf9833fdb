import { paletteOf } from '@amphi/protocol';
import { describe, expect, it } from 'vitest';
import { lookCss, modeOf } from './look-css.ts';

const themed = (mode: 'dark' | 'light') => ({
  themes: [
    {
      name: mode,
      default: true,
      theme_type: mode === 'dark' ? ('THEME_TYPE_DARK' as const) : ('THEME_TYPE_LIGHT' as const),
      palette: paletteOf({ mode, accent: '#c2185b', background: mode === 'dark' ? '#101020' : '#fafafa' }),
    },
  ],
});

describe("the owner's style", () => {
  it('PRE8: gives colours to pages of its own mode only', () => {
    const css = lookCss(themed('dark'));
    expect(css).toMatch(/^\[data-theme="dark"\]\{[^}]*--amphi-accent-fill:#c2185b/);
    expect(css).toContain('@media (prefers-color-scheme: dark){:root:not([data-theme]){');
    expect(css).not.toContain('light');
    expect([modeOf(themed('dark')), modeOf(themed('light')), modeOf({})]).toEqual(['dark', 'light', undefined]);
  });

  it('PRE8: names a font before ours, and is empty where nothing was said', () => {
    expect(lookCss({ typography: { font_family: 'Noto Serif' } })).toBe(
      'html{font-family:"Noto Serif",var(--font-sans)}',
    );
    expect(lookCss({})).toBe('');
  });
});
