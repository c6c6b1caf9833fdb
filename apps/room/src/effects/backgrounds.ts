/** What can be seen behind a person in place of where they are. `picture`: one of their own. */
export const BACKGROUNDS = ['none', 'blur', 'dusk', 'meadow', 'slate', 'picture'] as const;

export type Background = (typeof BACKGROUNDS)[number];

/** Drawn backgrounds: colours from above to below. */
export const GRADIENTS = {
  dusk: ['#3a2f5f', '#d98a7b'],
  meadow: ['#a9d0c4', '#3f6f52'],
  slate: ['#56606b', '#2b3138'],
} as const satisfies Partial<Record<Background, readonly [string, string]>>;

/** Any other value is as on the first visit. */
export function backgroundOf(value: unknown): Background {
  return BACKGROUNDS.find((background) => background === value) ?? 'none';
}
