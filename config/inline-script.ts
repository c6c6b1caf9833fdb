import { build } from 'esbuild';
import type { Plugin } from 'vite';

/**
 * Puts a script into a page itself, before all others: for what has to be there when no file comes. A policy lets it in by its
 * hash.
 * @param entry path of its source, from the folder of the app
 */
export function inlineScript(entry: string): Plugin {
  let root = '';
  return {
    name: 'inline-script',
    configResolved(config) {
      ({ root } = config);
    },
    transformIndexHtml: {
      order: 'post',
      async handler() {
        const { outputFiles } = await build({
          absWorkingDir: root,
          entryPoints: [entry],
          bundle: true,
          minify: true,
          format: 'iife',
          target: 'es2020',
          conditions: ['source', 'browser'],
          // Whatever its words are written in, and whatever the page says that it is.
          charset: 'ascii',
          write: false,
        });
        const text = outputFiles[0]!.text.trim();
        if (/<\/script|<!--/i.test(text)) throw new Error(`inline-script: ${entry} would end the script around it`);
        return [{ tag: 'script', children: text, injectTo: 'head-prepend' }];
      },
    },
  };
}
