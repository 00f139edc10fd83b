import { serveArchive } from './serve-archive.ts';

serveArchive();
