import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig } from 'vite';

/** For all examples: `npm run dev` in the folder of one. In this repository our packages are read from their sources. */
export default defineConfig({
  plugins: [react()],
  resolve: { conditions: ['source', ...defaultClientConditions] },
  // The player brings hls.js, which is half a megabyte before compression.
  build: { target: 'es2022', chunkSizeWarningLimit: 1000 },
});
