/** The worker's side of `openOverWorker()`: answers each message as it comes. */
export function serveOverWorker(open) {
  let opened;
  onmessage = async ({ data: { id, model, question, rows, close } }) => {
    try {
      if (model) {
        opened = await open(model);
        postMessage({ id });
      } else if (close) {
        await opened.close();
        postMessage({ id });
      } else if (rows) postMessage({ id, answer: await opened.predictStacked(rows) });
      else postMessage({ id, answer: await opened.predict(question, () => postMessage({ id, token: true })) });
    } catch (error) {
      postMessage({ id, error: String(error) });
    }
  };
}
