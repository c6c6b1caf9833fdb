import { expect, it } from 'vitest';
import { exportedSources, withOutputNames } from './published-packages.mjs';

it('finds the sources behind the exports of a package', () => {
  expect(
    exportedSources({
      exports: {
        '.': { source: './src/index.ts', default: './dist/index.js' },
        './hooks': { source: './src/hooks.tsx', default: './dist/hooks.js' },
        './package.json': './package.json',
      },
    }),
  ).toEqual({ index: './src/index.ts', hooks: './src/hooks.tsx' });
});

it('names outputs where the sources name each other', () => {
  const declarations = `export * from './clock.ts';
import type { A } from "../a/b.tsx";
export type B = import('./c.ts').C;
import zod from 'zod';
export declare const text = "from './clock.ts.txt'";
`;
  expect(withOutputNames(declarations)).toBe(`export * from './clock.js';
import type { A } from "../a/b.js";
export type B = import('./c.js').C;
import zod from 'zod';
export declare const text = "from './clock.ts.txt'";
`);
});
