import type { RequestRecord } from './request-store.ts';

/**
 * Notifies the visitor that a request is through, where it asked for that and they have allowed it. Android shows notifications of a
 * service worker only: the page's own shows them where there is one.
 */
export async function notify({ notify: wanted, inferenceId }: RequestRecord): Promise<void> {
  if (!wanted || typeof Notification === 'undefined' || Notification.permission !== 'granted') return;
  const { title, body } = wanted;
  const options = { body, tag: inferenceId };
  try {
    const registration = await navigator.serviceWorker?.getRegistration();
    if (registration?.active) return await registration.showNotification(title, options);
    return void new Notification(title, options);
  } catch {
    // The browser shows none here; the request is through all the same.
  }
}
