import type { HtmlTagDescriptor, Plugin } from 'vite';

/**
 * Has a page fetch a module that its entry imports dynamically, with all that this one needs, beside the entry and not after it.
 * @param module path of its source, as the end of it
 * @throws Error in a build that has no such module of its own
 */
export function fetchEarly(module: string): Plugin {
  let base = '/';
  return {
    name: 'fetch-early',
    apply: 'build',
    configResolved(config) {
      ({ base } = config);
    },
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle = {} }) {
        const chunkOf = (fileName: string) => {
          const found = bundle[fileName];
          return found?.type === 'chunk' ? found : undefined;
        };
        const late = Object.values(bundle).find(
          (output) => output.type === 'chunk' && output.facadeModuleId?.endsWith(module),
        );
        if (!late) throw new Error(`fetch-early: no chunk of this build is ${module}`);
        const needed = new Set<string>();
        const need = (fileName: string): void => {
          if (needed.has(fileName)) return;
          needed.add(fileName);
          for (const imported of chunkOf(fileName)?.imports ?? []) need(imported);
        };
        need(late.fileName);
        return [...needed]
          .map((fileName) => base + fileName)
          .filter((href) => !html.includes(`"${href}"`))
          .map((href): HtmlTagDescriptor => {
            return { tag: 'link', attrs: { rel: 'modulepreload', crossorigin: true, href }, injectTo: 'head' };
          });
      },
    },
  };
}
