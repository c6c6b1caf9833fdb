/** Characters that turn the direction of what follows, also beyond the end of the text (UAX #9, 2.1 to 2.6). */
export const BIDI_CONTROLS = /[\u202a-\u202e\u2066-\u2069]/g;

/**
 * Somebody's words inside of a sentence of ours: they keep their own direction and turn nothing around them. For plain
 * text, as in toasts and titles; in markup `<bdi>` does the same (UAX #9, 2.7).
 */
export function isolate(text: string): string {
  return `\u2068${text.replace(BIDI_CONTROLS, '')}\u2069`;
}
