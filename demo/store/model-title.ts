import type { KeptModel } from 'inpoint';
import * as demoModels from '../endpoints/demo-models.ts';

/** What people call the model of an address: a model of this site by its name, others by the end of their path. */
export function titleOf(address: string): string {
  const own = Object.values(demoModels).find(({ source }) => addressOf(source as string) === addressOf(address));
  if (own) return own.name;
  if (!URL.canParse(address)) return address;
  const { pathname, host } = new URL(address);
  return decoded(pathname.split('/').filter(Boolean).slice(-2).join('/')) || host;
}

/** The same of one that is kept: one that came from a file has the name of that. */
export function titleOfKept({ key, name, url }: Pick<KeptModel, 'key' | 'name' | 'url'>): string {
  return url === undefined ? `${key} (${name})` : titleOf(url);
}

/** An address as what comes from it is kept under. */
export function addressOf(source: string): string {
  return URL.canParse(source, document.baseURI) ? new URL(source, document.baseURI).href : source;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
