import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig } from 'vite';
import { fetchEarly } from '../../config/fetch-early.ts';
import { inlineScript } from '../../config/inline-script.ts';
import { leanFonts } from '../../config/lean-fonts.ts';
import { precompress } from '../../config/precompress.ts';

/**
 * The server gives the page at every form of a join link and the files below `/room-assets/`. For `vite dev`, run the
 * server and set `AMPHI_DEV_SERVER` to its address.
 */
const server = process.env.AMPHI_DEV_SERVER;

export default defineConfig({
  base: '/room-assets/',
  plugins: [
    react(),
    tailwindcss(),
    fetchEarly('src/page.tsx'),
    inlineScript('src/opening/first-aid.ts'),
    leanFonts(),
    precompress(),
  ],
  resolve: { conditions: ['source', ...defaultClientConditions] },
  build: {
    target: 'es2022',
    sourcemap: true,
    chunkSizeWarningLimit: 1500,
    rolldownOptions: {
      input: { index: 'index.html', embed: 'src/embed-script.ts' },
      output: {
        // Other people's pages name this one, so its name stays.
        entryFileNames: ({ name }) => (name === 'embed' ? 'embed.js' : 'assets/[name]-[hash].js'),
        chunkFileNames: ({ moduleIds }) =>
          moduleIds.some((id) => id.includes('/hls.js/')) ? 'assets/player-[hash].js' : 'assets/[name]-[hash].js',
      },
    },
  },
  ...(server === undefined
    ? {}
    : { server: { proxy: { '/v2': { target: server, ws: true }, '/init': server, '/hls': server, '/live': server } } }),
});
