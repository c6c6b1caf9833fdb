import { describe, expect, it } from 'vitest';
import { contrastOf, isCalm, paletteOf, READABLE, type RoomTheme, VISIBLE } from './room-palette.ts';

const hexOf = (...channels: readonly number[]): string =>
  `#${channels.map((value) => value.toString(16).padStart(2, '0')).join('')}`;

const LEVELS = [0, 51, 102, 153, 204, 255];
const colours = LEVELS.flatMap((red) => LEVELS.flatMap((green) => LEVELS.map((blue) => hexOf(red, green, blue))));
const themes: readonly RoomTheme[] = (['dark', 'light'] as const).flatMap((mode) =>
  colours
    .filter((background) => isCalm({ mode, background }))
    .flatMap((background) =>
      colours.filter((_, index) => index % 7 === 0).map((accent) => ({ mode, background, accent })),
    ),
);

describe('the palette of a room', () => {
  const surfaces = ['background_default', 'surface_default', 'surface_bright', 'surface_dim', 'secondary_dim'];

  it('PRE7: keeps every text readable and every bound visible, whatever colours were chosen', () => {
    expect(themes.length).toBeGreaterThan(500);
    for (const theme of themes) {
      const palette = paletteOf(theme);
      const least = (text: string, ground: string, ratio: number): void => {
        const contrast = contrastOf(palette[text]!, palette[ground]!);
        if (contrast < ratio) expect.fail(`${text} on ${ground} has ${contrast}: ${JSON.stringify(theme)}`);
      };
      for (const ground of surfaces) {
        for (const text of ['on_surface_high', 'on_surface_medium', 'on_surface_low', 'primary_bright']) {
          least(text, ground, READABLE);
        }
        least('border_bright', ground, VISIBLE);
      }
      least('on_primary_high', 'primary_default', READABLE);
      least('on_primary_high', 'primary_dim', READABLE);
    }
  });

  it('PRE7: has the colours that were chosen, and all of them as #rrggbb', () => {
    const palette = paletteOf({ mode: 'light', accent: '#0d5c54', background: '#f3f4f0' });
    expect(palette).toMatchObject({ primary_default: '#0d5c54', background_default: '#f3f4f0' });
    expect(Object.keys(palette)).toHaveLength(31);
    for (const colour of Object.values(palette)) expect(colour).toMatch(/^#[0-9a-f]{6}$/);
  });

  it('PRE7: is made for backgrounds only that text of the mode can be read on', () => {
    expect(isCalm({ mode: 'dark', background: '#101020' })).toBe(true);
    expect(isCalm({ mode: 'dark', background: '#fafafa' })).toBe(false);
    expect(isCalm({ mode: 'light', background: '#fafafa' })).toBe(true);
    expect(isCalm({ mode: 'light', background: '#808080' })).toBe(false);
    expect(contrastOf('#000000', '#ffffff')).toBeCloseTo(21);
  });
});
