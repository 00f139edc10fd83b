import type { Plugin } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';

/**
 * Makes the site one that can be installed and works offline: a manifest, and a service worker by Workbox, which keeps
 * the whole site but its models. Those the library keeps, each that was opened.
 */
export function installable(): Plugin[] {
  return VitePWA({
    strategies: 'generateSW',
    filename: 'service-worker.js',
    // The page registers it itself, when its first model has answered.
    injectRegister: false,
    registerType: 'prompt',
    manifest: {
      id: './',
      start_url: './',
      scope: './',
      name: 'Inpoint: a model.tar.gz as an endpoint',
      short_name: 'Inpoint',
      description: 'Draw, type, take a photo, or drop a model.tar.gz: ONNX Runtime answers on your device.',
      lang: 'en',
      display: 'standalone',
      background_color: '#f7f8f8',
      theme_color: '#0b6e61',
      categories: ['developer', 'education'],
      icons: [
        { src: './icons/icon.svg', sizes: 'any', type: 'image/svg+xml' },
        { src: './icons/icon-192.png', sizes: '192x192', type: 'image/png' },
        { src: './icons/icon-512.png', sizes: '512x512', type: 'image/png' },
        { src: './icons/icon-maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
      ],
    },
    includeManifestIcons: false,
    workbox: {
      globPatterns: ['**/*.{js,css,html,svg,png,wasm,webmanifest}'],
      // Most visitors never start WebGPU's runtime; who does keeps it from then on.
      globIgnores: ['models/**', 'assets/webgpu-worker-*', 'assets/*.jspi-*', 'assets/*.asyncify-*'],
      runtimeCaching: [
        {
          urlPattern: /\/assets\/(?:webgpu-worker|ort-wasm-simd-threaded\.(?:jspi|asyncify))-/,
          handler: 'CacheFirst',
          options: { cacheName: 'webgpu' },
        },
      ],
      maximumFileSizeToCacheInBytes: 20_000_000,
      // Names with a hash are taken from the browser's cache, where the visit has left them.
      dontCacheBustURLsMatching: /^assets\//,
      clientsClaim: true,
      cleanupOutdatedCaches: true,
      inlineWorkboxRuntime: true,
      navigateFallback: null,
    },
  });
}
