import { serveInpointOffline } from './inpoint/dist/service-worker.js';

serveInpointOffline({ alsoKeep: ({ pathname }) => pathname === '/' || pathname === '/main.js' });
