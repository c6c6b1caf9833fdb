import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const PACKAGES = { '0.14.7': '@100mslive/hms-video-store-0.14', '0.15.2': '@100mslive/hms-video-store' } as const;

export type GenuineVersion = keyof typeof PACKAGES;

/** Serves the page of the public client from an origin of its own, so that CORS is exercised too. */
export async function hostGenuineClient(
  version: GenuineVersion = '0.15.2',
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const bundle = await build({
    entryPoints: [fileURLToPath(new URL('./page.ts', import.meta.url))],
    bundle: true,
    alias: { '@100mslive/hms-video-store': PACKAGES[version] },
    conditions: ['source'],
    write: false,
    format: 'iife',
    platform: 'browser',
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
    logLevel: 'error',
  });
  const script = bundle.outputFiles[0]!.contents;
  const server = createServer((request, response) => {
    if (request.url === '/page.js') response.setHeader('content-type', 'text/javascript').end(script);
    else
      response
        .setHeader('content-type', 'text/html')
        .end('<!doctype html><title>client</title><body><script src="/page.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    // localhost is a secure context, as cameras need.
    url: `http://localhost:${port}/`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
