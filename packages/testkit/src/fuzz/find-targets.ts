import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FuzzTarget } from './target.ts';

const ENDING = '.fuzz.ts';

/**
 * All targets of a checkout by their names.
 * @param root absolute path of the checkout
 * @returns name → absolute path of the module
 */
export function findFuzzTargets(root: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const group of ['packages', 'apps']) {
    for (const project of readdirSync(join(root, group))) {
      const tests = join(root, group, project, 'test');
      if (!existsSync(tests)) continue;
      for (const entry of readdirSync(tests, { recursive: true, encoding: 'utf8' })) {
        if (!entry.endsWith(ENDING)) continue;
        const name = entry.slice(entry.lastIndexOf('/') + 1, -ENDING.length);
        if (found.has(name)) throw new Error(`two fuzz targets are called ${name}: ${entry} and ${found.get(name)}`);
        found.set(name, join(tests, entry));
      }
    }
  }
  return new Map([...found].sort(([a], [b]) => a.localeCompare(b)));
}

/** @throws Error when the module has no target as its default export */
export async function loadFuzzTarget(path: string): Promise<FuzzTarget> {
  const { default: target } = (await import(pathToFileURL(path).href)) as { readonly default?: Partial<FuzzTarget> };
  if (!target?.inputs || !target.check) throw new Error(`${path}: no fuzz target as its default export`);
  return target as FuzzTarget;
}
