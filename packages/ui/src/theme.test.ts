import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync(new URL('./theme.css', import.meta.url), 'utf8');

/** Token → colour in `#rrggbb`, for one of the two themes. */
function tokens(theme: 'light' | 'dark'): Map<string, string> {
  const pairs = css.matchAll(/--amphi-([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g);
  return new Map([...pairs].map(([, name, light, dark]) => [name ?? '', (theme === 'light' ? light : dark) ?? '']));
}

/** Contrast ratio of two opaque colours (WCAG 2.2, "contrast ratio" and "relative luminance"). */
function contrast(a: string, b: string): number {
  const [lighter = 0, darker = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const surfaces = ['page', 'sunken', 'card', 'raised'];
const hues = ['accent', 'live', 'dusk', 'ok', 'warn', 'danger'];
const text: readonly (readonly [string, string])[] = [
  ...['ink', 'ink-soft', 'ink-faint'].flatMap((ink) => surfaces.map((surface) => [ink, surface] as const)),
  ...hues.flatMap((hue) => [...surfaces, `${hue}-wash`].map((surface) => [hue, surface] as const)),
  ...hues.flatMap((hue) => [['ink', `${hue}-wash`] as const, ['ink-soft', `${hue}-wash`] as const]),
  ['on-accent', 'accent-fill'],
  ['on-accent', 'accent-fill-hover'],
  ['on-live', 'live-fill'],
  ['on-danger', 'danger-fill'],
  ['on-danger', 'danger-fill-hover'],
  ['page', 'ink'],
];
const bounds: readonly (readonly [string, string])[] = [
  ...surfaces.map((surface) => ['line-strong', surface] as const),
  ...surfaces.map((surface) => ['focus', surface] as const),
];

describe.each(['light', 'dark'] as const)('the %s theme', (theme) => {
  const colours = tokens(theme);
  const of = (name: string) => colours.get(name) ?? expect.fail(`no token ${name}`);

  it.each(text)('keeps %s on %s readable: 4.5:1 (WCAG 2.2, 1.4.3)', (ink, surface) => {
    expect(contrast(of(ink), of(surface))).toBeGreaterThanOrEqual(4.5);
  });

  it.each(bounds)('keeps %s on %s visible: 3:1 (WCAG 2.2, 1.4.11)', (line, surface) => {
    expect(contrast(of(line), of(surface))).toBeGreaterThanOrEqual(3);
  });
});

describe('theme.css', () => {
  it('gives every token a name in Tailwind, and every name a token', () => {
    const named = [...css.matchAll(/--color-([a-z-]+): var\(--amphi-([a-z-]+)\)/g)];
    for (const [, name, token] of named) expect(name).toBe(token);
    const defined = [...css.matchAll(/--amphi-([a-z-]+): /g)]
      .map(([, name]) => name)
      .filter((name) => name !== 'shadow');
    expect(named.map(([, name]) => name).sort()).toEqual(defined.sort());
  });
});
