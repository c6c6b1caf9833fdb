import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const DOCS = fileURLToPath(new URL('../../../docs/public-sdks.md', import.meta.url));
/** Where `@100mslive/roomkit-react` is, with the React that it wants. */
const PACKAGES = fileURLToPath(new URL('../../genuine-prebuilt', import.meta.url));
const EXAMPLES = /^```jsx\n([\s\S]*?)^```$/gm;
const SERVER_OF_EXAMPLE = 'https://live.example.org';

/**
 * Serves the page that `docs/public-sdks.md` tells to write, from an origin of its own. Only the server's address is another one.
 * @param server base URL; https
 */
export async function hostGenuinePrebuilt(server: string): Promise<{ readonly url: string; close(): Promise<void> }> {
  const examples = [...(await readFile(DOCS, 'utf8')).matchAll(EXAMPLES)].map(([, code]) => code!);
  const example = examples.find((code) => code.includes('@100mslive/roomkit-react'));
  if (!example?.includes(SERVER_OF_EXAMPLE)) throw new Error(`${DOCS} has no example with ${SERVER_OF_EXAMPLE}`);
  const bundle = await build({
    stdin: { contents: example.replaceAll(SERVER_OF_EXAMPLE, server), resolveDir: PACKAGES, loader: 'jsx' },
    outdir: PACKAGES,
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    jsx: 'automatic',
    loader: { '.png': 'dataurl', '.svg': 'dataurl' },
    define: { 'process.env': '{ "NODE_ENV": "production" }', global: 'globalThis' },
    logLevel: 'error',
  });
  const [script, style] = ['.js', '.css'].map((end) => bundle.outputFiles.find(({ path }) => path.endsWith(end))!);
  const web = createServer((request, response) => {
    if (request.url === '/page.js') response.setHeader('content-type', 'text/javascript').end(script!.contents);
    else if (request.url === '/page.css') response.setHeader('content-type', 'text/css').end(style!.contents);
    else response.setHeader('content-type', 'text/html').end(PAGE);
  });
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  const { port } = web.address() as AddressInfo;
  return {
    // localhost is a secure context, as cameras need.
    url: `http://localhost:${port}`,
    close: () => new Promise((resolve) => web.close(() => resolve())),
  };
}

const PAGE = `<!doctype html>
<html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Room</title><link rel="stylesheet" href="/page.css"></head>
<body style="margin: 0"><div id="room" style="height: 100vh"></div><script src="/page.js"></script></body></html>`;
