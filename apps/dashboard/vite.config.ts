import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig } from 'vite';
import { leanFonts } from '../../config/lean-fonts.ts';
import { precompress } from '../../config/precompress.ts';

/** For `vite dev`, run the server and set `AMPHI_DEV_SERVER` to its address. */
const server = process.env.AMPHI_DEV_SERVER;

/** Served by the server below its own path. */
export default defineConfig({
  base: '/dashboard/',
  plugins: [react(), tailwindcss(), leanFonts(), precompress()],
  resolve: { conditions: ['source', ...defaultClientConditions] },
  build: { target: 'es2022', sourcemap: true, chunkSizeWarningLimit: 1000 },
  ...(server === undefined ? {} : { server: { proxy: { '/platform': server, '/v2': server } } }),
});
