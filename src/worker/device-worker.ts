import { serveDevice } from './serve-device.ts';

serveDevice();
