export { serveInpointOffline } from './serve-inpoint-offline.ts';
export type { ServeOfflineOptions } from './serve-inpoint-offline.ts';
export { keepInpointOffline } from './keep-inpoint-offline.ts';
export type { KeepOfflineOptions, OfflineReport } from './keep-inpoint-offline.ts';
export type { KeptReport } from './keep-message.ts';
