/** Colours of a room from the few that its owner chooses: every text keeps its contrast by how it is derived. */

export interface RoomTheme {
  readonly mode: 'dark' | 'light';
  /** Of buttons, `#rrggbb`. */
  readonly accent: string;
  /** Behind everything, `#rrggbb`. */
  readonly background: string;
}

/** What text stands out by (WCAG 2.2, 1.4.3), and what bounds a control (1.4.11). */
export const READABLE = 4.5;
export const VISIBLE = 3;

/** Text on the background itself: further surfaces lie between the two. */
const CALM = 10;

const INK = { dark: '#ffffff', light: '#101413' } as const;
const WHITE = '#ffffff';
const BLACK = '#000000';

/** Of what went well, asks for care or went wrong: the same in every room. */
const ALERTS = {
  dark: {
    alert_success: '#7fcf9a',
    alert_warning: '#e6b566',
    alert_error_default: '#b5362e',
    alert_error_bright: '#ffb4ad',
    alert_error_brighter: '#ffdedb',
    alert_error_dim: '#3a1c1a',
  },
  light: {
    alert_success: '#1c6638',
    alert_warning: '#7d4c00',
    alert_error_default: '#ad2620',
    alert_error_bright: '#a3201b',
    alert_error_brighter: '#8c1b16',
    alert_error_dim: '#fbe6e3',
  },
} as const;

/** The palette of a ready-made room (prebuilt endpoints, 4.3): name → `#rrggbb`. */
export function paletteOf({ mode, accent, background }: RoomTheme): Readonly<Record<string, string>> {
  const ink = INK[mode];
  const towardsInk = (share: number): string => mixed(background, ink, share);
  const surfaces =
    mode === 'dark'
      ? {
          default: towardsInk(0.05),
          bright: towardsInk(0.1),
          brighter: towardsInk(0.15),
          dim: mixed(background, BLACK, 0.3),
        }
      : {
          default: mixed(background, WHITE, 0.6),
          bright: mixed(background, WHITE, 0.9),
          brighter: towardsInk(0.08),
          dim: towardsInk(0.05),
        };
  const wash = mixed(surfaces.default, accent, 0.14);
  const grounds = [background, ...Object.values(surfaces), wash];
  const onAccent = contrastOf(WHITE, accent) >= READABLE ? WHITE : BLACK;
  return {
    primary_default: accent,
    primary_bright: until(READABLE, grounds, accent, ink),
    // Away from its text, so that that stays readable.
    primary_dim: mixed(accent, onAccent === WHITE ? BLACK : WHITE, 0.15),
    primary_disabled: mixed(accent, background, 0.6),
    on_primary_high: onAccent,
    on_primary_medium: mixed(onAccent, accent, 0.15),
    on_primary_low: mixed(onAccent, accent, 0.4),
    secondary_default: towardsInk(0.22),
    secondary_bright: towardsInk(0.3),
    secondary_dim: wash,
    secondary_disabled: towardsInk(0.1),
    on_secondary_high: ink,
    on_secondary_medium: mixed(ink, background, 0.15),
    on_secondary_low: mixed(ink, background, 0.4),
    on_surface_high: ink,
    on_surface_medium: until(7, grounds, background, ink),
    on_surface_low: until(READABLE, grounds, background, ink),
    background_default: background,
    background_dim: surfaces.dim,
    surface_default: surfaces.default,
    surface_bright: surfaces.bright,
    surface_brighter: surfaces.brighter,
    surface_dim: surfaces.dim,
    border_default: towardsInk(0.16),
    border_bright: until(VISIBLE, grounds, background, ink),
    ...ALERTS[mode],
  };
}

/** Whether the texts of the mode can be read on the background. */
export function isCalm({ mode, background }: Pick<RoomTheme, 'mode' | 'background'>): boolean {
  return contrastOf(INK[mode], background) >= CALM;
}

/** Contrast ratio of two opaque colours, 1 to 21 (WCAG 2.2, "contrast ratio"). */
export function contrastOf(a: string, b: string): number {
  const [x, y] = [luminanceOf(a), luminanceOf(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

function luminanceOf(colour: string): number {
  const [red, green, blue] = channelsOf(colour).map((channel) => {
    const value = channel / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** The first on the way from one colour to another that has the contrast to all grounds; the other at last. */
function until(contrast: number, grounds: readonly string[], from: string, to: string): string {
  for (let step = 0; step < 50; step += 1) {
    const candidate = mixed(from, to, step / 50);
    if (grounds.every((ground) => contrastOf(candidate, ground) >= contrast)) return candidate;
  }
  return to;
}

/** @param share of the second, 0 to 1 */
function mixed(a: string, b: string, share: number): string {
  const other = channelsOf(b);
  const channels = channelsOf(a).map((value, index) => Math.round(value + (other[index]! - value) * share));
  return `#${channels.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

/** Red, green and blue, 0 to 255. */
function channelsOf(colour: string): readonly number[] {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
}
