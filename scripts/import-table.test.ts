import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';

/** The import table is only worth something if it finds what it forbids, in every kind of file. */

const config = fileURLToPath(new URL('../config/dependency-cruiser.mjs', import.meta.url));
const program = fileURLToPath(new URL('../node_modules/dependency-cruiser/bin/dependency-cruise.mjs', import.meta.url));
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function check(files: Readonly<Record<string, string>>): { readonly status: number | null; readonly output: string } {
  const root = mkdtempSync(join(tmpdir(), 'amphi-imports-'));
  folders.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, '--config', config, 'packages'], {
    cwd: root,
    encoding: 'utf8',
  });
  return { status, output: `${stdout}${stderr}` };
}

const LAYOUT = { 'packages/layout/src/index.ts': 'export const layout = 1;\n' };

it('finds a forbidden import, also in .tsx and beside a using declaration', () => {
  const { status, output } = check({
    ...LAYOUT,
    'packages/ui/src/view.tsx':
      "import { layout } from '../../layout/src/index.ts';\nexport const View = () => <p>{layout}</p>;\n",
    'packages/rtp/src/index.ts':
      "export function f(open: () => Disposable) {\n  using x = open();\n  return [x, import('../../layout/src/index.ts')];\n}\n",
  });
  expect(status).toBeGreaterThan(0);
  expect(output).toContain('packages/ui: packages/ui/src/view.tsx');
  expect(output).toContain('packages/rtp: packages/rtp/src/index.ts');
});

it('finds deep paths and cycles, and lets allowed imports be', () => {
  const { output } = check({
    ...LAYOUT,
    'packages/layout/src/inner.ts': 'export const inner = 1;\n',
    'packages/media/src/index.ts':
      "export { layout } from '../../layout/src/index.ts';\nexport { inner } from '../../layout/src/inner.ts';\n",
    'packages/hls/src/a.ts': "export { b } from './b.ts';\nexport const a = 1;\n",
    'packages/hls/src/b.ts': "export { a } from './a.ts';\nexport const b = 1;\n",
  });
  expect(output).toContain('packages/layout/src/inner.ts');
  expect(output).not.toContain('packages/media/src/index.ts → packages/layout/src/index.ts');
  expect(output).toContain('no-cycles');
});
