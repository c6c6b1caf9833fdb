import { expect, it } from 'vitest';
import { publishedModules, withOutputNames } from './published-packages.mjs';

it('publishes each module of a package, and no tests', () => {
  const paths = ['index.ts', 'hooks', 'hooks/use.tsx', 'hooks/use.test.tsx', 'index.test.ts', 'words.d.ts', 'a.snap'];
  expect(publishedModules(paths)).toEqual(['index.ts', 'hooks/use.tsx']);
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
