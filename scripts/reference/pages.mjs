import { join } from 'node:path';
import { ROOT } from '../setup/paths.mjs';
import { referencePage } from './page.mjs';
import { publicSymbols } from './public-symbols.mjs';

/** What people build on. */
const PACKAGES = ['client', 'client/embed', 'react', 'player'];

/** The pages as they should be, and what they are made from. */
export function referencePages() {
  const symbols = publicSymbols(PACKAGES);
  const pages = [...symbols].map(([name, ofPackage]) => ({
    path: join(ROOT, 'docs/reference', `${name.replace('/', '-')}.md`),
    text: referencePage(name, ofPackage),
  }));
  return { symbols, pages };
}
