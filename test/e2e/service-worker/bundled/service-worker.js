import { serveInpointOffline } from 'inpoint/service-worker';

addEventListener('fetch', (event) => {
  if (event.request.url.endsWith('/before.txt')) event.respondWith(new Response('from the listener before'));
});

serveInpointOffline({
  alsoKeep: ({ pathname }) => pathname === '/' || pathname.startsWith('/assets/') || pathname === '/opaque.js',
  precache: ['./', 'not-there.js'],
});

addEventListener('fetch', (event) => {
  if (event.request.url.endsWith('/after.txt')) event.respondWith(new Response('from the listener after'));
});
