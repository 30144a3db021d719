import { fileURLToPath } from 'node:url'
import unocss from 'unocss/vite'
import { defineConfig } from 'vite'
import solid from 'vite-plugin-solid'
import { licences } from './licences.ts'

const backend = process.env.KLAUDIO_URL ?? 'http://127.0.0.1:8080'

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/',
  plugins: [
    unocss(fileURLToPath(new URL('uno.config.ts', import.meta.url))),
    solid(),
    licences(fileURLToPath(new URL('..', import.meta.url))),
  ],
  resolve: {
    alias: [
      { find: /^#(.*)$/, replacement: fileURLToPath(new URL('../server/$1', import.meta.url)) },
    ],
  },
  build: {
    outDir: '../dist/ui',
    emptyOutDir: true,
    target: 'es2023',
    modulePreload: { polyfill: false },
    // Nothing is inlined: a strict content policy allows neither data: fonts nor inline scripts.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: {
        // What every first page needs is one file instead of twenty: a browser asks for six at a time.
        codeSplitting: { groups: [{ name: 'core', tags: ['$initial'] }] },
      },
    },
  },
  server: {
    proxy: {
      '/api': backend,
      '/health': backend,
      '/ws': { target: backend, ws: true },
    },
  },
})
