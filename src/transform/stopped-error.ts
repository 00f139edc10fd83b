/** Why a job ends that was told to. */
export class StoppedError extends DOMException {
  constructor() {
    super('The transform job was stopped.', 'AbortError');
  }
}
