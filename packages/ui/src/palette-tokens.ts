/** Names of the palettes of ready-made rooms, and what they are here. */
const NAMES = {
  page: 'background_default',
  sunken: 'surface_dim',
  card: 'surface_default',
  raised: 'surface_bright',
  line: 'border_default',
  'line-strong': 'border_bright',
  ink: 'on_surface_high',
  'ink-soft': 'on_surface_medium',
  'ink-faint': 'on_surface_low',
  accent: 'primary_bright',
  'accent-fill': 'primary_default',
  'accent-fill-hover': 'primary_dim',
  'on-accent': 'on_primary_high',
  'accent-wash': 'secondary_dim',
  focus: 'primary_bright',
} as const;

/** A palette as our tokens: custom property → colour. Colours that it does not have stay ours. */
export function paletteTokens(
  palette: Readonly<Record<string, string>>,
): Readonly<Record<`--amphi-${string}`, string>> {
  const tokens = Object.entries(NAMES).flatMap(([token, name]) => {
    const colour = palette[name];
    return colour === undefined ? [] : [[`--amphi-${token}`, colour] as const];
  });
  return Object.fromEntries(tokens);
}
