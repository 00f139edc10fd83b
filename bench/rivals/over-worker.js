/**
 * Opens a rival that runs in a worker, with one message a call and one back: what is written by hand.
 *
 * @param {Worker} worker
 * @param {import('./rival.ts').ServedModel} model
 * @returns {Promise<import('./rival.ts').OpenedRival>}
 */
export async function openOverWorker(worker, model) {
  const pending = new Map();
  let last = 0;
  worker.onmessage = ({ data: { id, token, error, answer } }) => {
    const { resolve, reject, onToken } = pending.get(id);
    if (token) {
      onToken?.();
      return;
    }
    pending.delete(id);
    if (error === undefined) resolve(answer);
    else reject(new Error(error));
  };
  worker.onerror = ({ message }) => {
    for (const { reject } of pending.values()) reject(new Error(message));
  };
  const ask = (message, onToken) =>
    new Promise((resolve, reject) => {
      pending.set(++last, { resolve, reject, onToken });
      worker.postMessage({ id: last, ...message });
    });
  await ask({ model });
  return {
    predict: (question, onToken) => ask({ question }, onToken),
    ...(model.stacks && { predictMany: (rows) => ask({ rows: stack(rows) }) }),
    async close() {
      await ask({ close: true });
      worker.terminate();
    },
  };
}

/** Rows of one shape as one, so that a message carries few arrays. */
export function stack(rows) {
  const stacked = {};
  for (const [name, { type, dims, data }] of Object.entries(rows[0])) {
    const all = new data.constructor(data.length * rows.length);
    for (const [index, row] of rows.entries()) all.set(row[name].data, index * data.length);
    stacked[name] = { type, dims: [rows.length, ...dims.slice(1)], data: all };
  }
  return stacked;
}
