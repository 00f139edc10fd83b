import { formatBytes } from '../../format-bytes.ts';

/** What to call a source: the last part of its address. */
export function sourceName(url: URL): string {
  const last = url.pathname.split('/').findLast((part) => part !== '');
  try {
    return decodeURIComponent(last ?? url.host);
  } catch {
    return last ?? url.host;
  }
}

/** An address without what may be secret in it: presigned ones carry their signature in the query. */
export function shownUrl(url: URL): string {
  return JSON.stringify(plainUrl(url));
}

/** @see shownUrl, without quotes */
export function plainUrl({ protocol, origin, pathname }: URL): string {
  return protocol === 'data:' || protocol === 'blob:' ? `${protocol}…` : origin + pathname;
}

/** What a server said, and what to do about it. */
export function statusReason(response: Response): string {
  const said = `the server answered ${response.status}${response.statusText ? ` ${response.statusText}` : ''}.`;
  switch (response.status) {
    case 401:
    case 403:
      return `${said} It wants authentication: pass request.headers or request.credentials, or a fresh presigned address; { refreshUrl } gives one when it is needed.`;
    case 404:
    case 410:
      return `${said} Check the address.`;
    case 429:
    case 503:
      return `${said} It is busy: try again later.`;
    default:
      return `${said} Try again later, or ask whoever runs the server.`;
  }
}

export const unreachable =
  'the server could not be reached, or does not allow this page to read it. Check the address and the connection; another origin has to send Access-Control-Allow-Origin.';

/** Why a download that had begun did not come to its end. */
export function brokeOff(loaded: number, totalBytes: number | undefined, tries: number): string {
  const of = totalBytes === undefined ? '' : ` of ${formatBytes(totalBytes)}`;
  const often = tries > 1 ? `, and ${tries} attempts to go on failed` : '';
  return `it broke off after ${formatBytes(loaded)}${of}${often}. Check the connection and try again.`;
}
