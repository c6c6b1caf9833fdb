import type { UiLayout } from '@amphi/client';
import { paletteTokens } from '@amphi/ui';

type Style = Pick<UiLayout, 'themes' | 'typography'>;

/** Light or dark, as the owner's colours are; undefined where there are none. */
export function modeOf({ themes }: Style): 'light' | 'dark' | undefined {
  const type = themes?.[0]?.theme_type;
  return type && (type === 'THEME_TYPE_DARK' ? 'dark' : 'light');
}

/**
 * The owner's colours and font as a style sheet, which goes behind ours. Colours are for their own mode only: who wants the page
 * the other way round has ours.
 */
export function lookCss(style: Style): string {
  const { themes, typography } = style;
  const mode = modeOf(style);
  const tokens = Object.entries(paletteTokens(themes?.[0]?.palette ?? {}))
    .map(([token, value]) => `${token}:${value}`)
    .join(';');
  // As both were read they hold nothing that ends a declaration.
  const colours =
    mode && tokens
      ? `[data-theme="${mode}"]{${tokens}}@media (prefers-color-scheme: ${mode}){:root:not([data-theme]){${tokens}}}`
      : '';
  const font = typography ? `html{font-family:"${typography.font_family}",var(--font-sans)}` : '';
  return colours + font;
}
