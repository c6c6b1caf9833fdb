import subsetFont from 'subset-font';
import type { Plugin } from 'vite';

/** What our looks use: regular for text, medium and semibold for names and titles, bold where a browser asks for it. */
const WEIGHTS = { min: 400, max: 700 };
const VARIABLE = /-wght-[^/]*\.woff2$/;
/** All characters of the basic plane: those that a font has are kept. */
const ALL = String.fromCodePoint(...Array.from({ length: 0xd800 }, (_, at) => at));

/**
 * Leaves the weights nobody sees out of the variable fonts of a build, which is a third of their bytes. Names stay those of the whole
 * fonts: who has one of these cached sees no difference.
 */
export function leanFonts(): Plugin {
  return {
    name: 'lean-fonts',
    apply: 'build',
    async generateBundle(_, bundle) {
      for (const output of Object.values(bundle)) {
        if (output.type !== 'asset' || !VARIABLE.test(output.fileName)) continue;
        const font = Buffer.from(output.source as Uint8Array);
        output.source = await subsetFont(font, ALL, { targetFormat: 'woff2', variationAxes: { wght: WEIGHTS } });
      }
    },
  };
}
