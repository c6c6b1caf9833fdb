import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type PreviewServer, preview } from 'vite';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const configFile = join(ROOT, 'examples/vite.config.ts');
/** Within the repository, so that packages are found; out of the sight of everything else. */
const CACHE = join(ROOT, 'node_modules/.cache');
const BLOCK = /^```(tsx?)\n([\s\S]*?)^```$/gm;

/** What its reader has around an example. */
export interface Surroundings {
  /** Code before it. */
  readonly before?: string;
  /** Code after it. */
  readonly after?: string;
}

/** The examples of a README as pages, each a module. */
export interface ServedReadme {
  /** Of the page of an example, counted from 1. When it has run to its end, `data-done` is at the document's element. */
  urlOf(example: number): string;
  close(): Promise<void>;
}

/**
 * Builds the examples of a package's README as their readers would who copy them, and serves them from an origin of its own.
 * @param options.replaces what a reader replaces by their own, in the examples and around them
 * @param options.around for each example, in their order
 * @throws when the README has more examples, or fewer, than there are surroundings
 */
export async function serveReadme(
  name: string,
  options: { readonly replaces: Readonly<Record<string, string>>; readonly around: readonly Surroundings[] },
): Promise<ServedReadme> {
  const readme = readFileSync(join(ROOT, 'packages', name, 'README.md'), 'utf8');
  const examples = [...readme.matchAll(BLOCK)];
  const own = (text: string): string =>
    Object.entries(options.replaces).reduce((changed, [from, to]) => changed.replaceAll(from, to), text);
  const { around } = options;
  if (examples.length !== around.length) {
    throw new Error(`the README of ${name} has ${examples.length} examples, and ${around.length} are known here`);
  }
  mkdirSync(CACHE, { recursive: true });
  const root = mkdtempSync(join(CACHE, `readme-${name}-`));
  let server: PreviewServer;
  try {
    const pages = examples.map(([, kind = 'ts', code = ''], index) => {
      const { before = '', after = '' } = around[index]!;
      const page = join(root, `${index + 1}.html`);
      writeFileSync(
        join(root, `${index + 1}.${kind}`),
        `${own(before)}\n${own(code)}\n${own(after)}\ndocument.documentElement.dataset.done = '';\n`,
      );
      writeFileSync(page, pageOf(`${index + 1}.${kind}`));
      return page;
    });
    const common = { root, configFile, logLevel: 'error' } as const;
    await build({ ...common, build: { outDir: 'built', target: 'es2022', rollupOptions: { input: pages } } });
    server = await preview({ ...common, build: { outDir: 'built' }, preview: { host: '127.0.0.1', port: 0 } });
  } catch (error) {
    rmSync(root, { recursive: true });
    throw error;
  }
  const address = server.httpServer.address();
  if (address === null || typeof address === 'string') throw new Error(`no port: ${address}`);
  return {
    urlOf: (example) => `http://127.0.0.1:${address.port}/${example}.html`,
    async close() {
      await server.close();
      rmSync(root, { recursive: true });
    },
  };
}

const pageOf = (script: string): string => `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8" /><title>Example</title><link rel="icon" href="data:," /></head>
  <body>
    <div id="root"></div>
    <video width="640" height="360" autoplay playsinline muted></video>
    <button type="button">Close</button>
    <script type="module" src="./${script}"></script>
  </body>
</html>
`;
