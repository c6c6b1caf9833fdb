import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { removeLeftovers, replaceDirectory, temporaryBeside } from '../files.mjs';

/**
 * Makes the `dist` of packages/create-app: what stands in its template/, and the sources of the React example, so that
 * there is one of them. A step of the build, as npm leaves scripts of packages out where `ignore-scripts` is set.
 * @param {string} root of the checkout
 */
export function gatherAppTemplate(root) {
  const dir = join(root, 'packages/create-app');
  const place = join(dir, 'dist');
  removeLeftovers(place);
  const made = temporaryBeside(place);
  const template = join(made, 'template');
  cpSync(join(dir, 'template'), template, { recursive: true });
  for (const part of ['index.html', 'src']) {
    cpSync(join(root, 'examples/react', part), join(template, part), { recursive: true });
  }
  replaceDirectory(made, place);
}
