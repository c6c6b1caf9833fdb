import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type PreviewServer, preview } from 'vite';

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));
const configFile = join(EXAMPLES, 'vite.config.ts');

/**
 * Builds an example as its readers do and serves it.
 * @param options.folder for the build; the caller removes it
 * @param options.host address of this machine that is its origin
 */
export async function serveExample(
  name: string,
  { folder, host = '127.0.0.1' }: { readonly folder: string; readonly host?: string },
): Promise<{ readonly url: string; readonly server: PreviewServer }> {
  const common = { root: join(EXAMPLES, name), configFile, logLevel: 'error' } as const;
  const outDir = join(folder, name);
  await build({ ...common, build: { outDir, emptyOutDir: true } });
  const server = await preview({ ...common, build: { outDir }, preview: { host, port: 0 } });
  const address = server.httpServer.address();
  if (address === null || typeof address === 'string') throw new Error(`no port: ${address}`);
  return { url: `http://${host}:${address.port}`, server };
}
