import type { DeployProgress } from 'inpoint';
import { byteSize } from './byte-size.ts';

/** How far a model has come, as a bar and in words. */
export class LoadProgress {
  readonly #bar: HTMLProgressElement;
  readonly #text: HTMLElement;

  constructor(bar: HTMLProgressElement, text: HTMLElement) {
    this.#bar = bar;
    this.#text = text;
  }

  show(progress: DeployProgress): void {
    const { phase, loadedBytes, totalBytes } = progress;
    this.#bar.hidden = false;
    if (phase === 'load') {
      this.#bar.removeAttribute('value');
      this.#text.textContent = `Loading ${byteSize(totalBytes)} into ONNX Runtime`;
    } else if (totalBytes) {
      this.#bar.value = loadedBytes / totalBytes;
      const percent = Math.floor((loadedBytes / totalBytes) * 100);
      this.#text.textContent = `Downloading: ${byteSize(loadedBytes)} of ${byteSize(totalBytes)}, ${percent} %`;
    } else {
      this.#bar.removeAttribute('value');
      this.#text.textContent = `Downloading: ${byteSize(loadedBytes)}`;
    }
  }

  end(text: string): void {
    this.#bar.hidden = true;
    this.#text.textContent = text;
  }
}
