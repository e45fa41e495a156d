import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

// The page is part of the program: it loads nothing from outside, and its
// placeholder index.html in dist is replaced when it is built.
export default defineConfig({
  plugins: [svelte()],
  // The committed placeholder in dist stays: the build goes beside it.
  build: { outDir: 'dist/app', emptyOutDir: true, target: 'es2022', chunkSizeWarningLimit: 1500, assetsInlineLimit: 0 },
  server: { proxy: { '/api': 'http://127.0.0.1:8765' } },
});
