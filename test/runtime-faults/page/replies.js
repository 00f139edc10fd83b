/** Replies by the channels that they came through, to see that none comes twice. */
const seen = new WeakMap();
export const twice = [];

/** Replies come one by one, or by columns where all are answers; pieces of one come more than once. */
const idsOf = (replies) =>
  replies?.each?.flatMap(({ id, kind }) => (kind === 'pieces' ? [] : [id])) ??
  (replies?.names?.includes('pieces') ? [] : replies?.fields?.[replies.names.indexOf('id')].each) ??
  [];

const { get, set } = Object.getOwnPropertyDescriptor(MessagePort.prototype, 'onmessage');
Object.defineProperty(MessagePort.prototype, 'onmessage', {
  get,
  set(listener) {
    set.call(this, (event) => {
      const ids = seen.get(this) ?? new Set();
      seen.set(this, ids);
      for (const id of idsOf(event.data?.replies)) {
        if (ids.has(id)) twice.push(id);
        ids.add(id);
      }
      listener.call(this, event);
    });
  },
});
