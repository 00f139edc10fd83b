import type { ArtifactSource } from 'inpoint';
import { find } from '../find.ts';

/** Hands on each archive that a visitor chooses, drops anywhere on the page, or gives the address of. */
export function pickSource(onPick: (source: ArtifactSource, name: string) => void): void {
  const input = find('#archive-file', HTMLInputElement);
  const address = find('#archive-url', HTMLInputElement);

  input.addEventListener('change', () => {
    const [file] = input.files ?? [];
    if (file) onPick(file, file.name);
    // So that the same file, made anew, can be chosen again.
    input.value = '';
  });

  find('#archive-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    const given = address.value.trim();
    if (given) onPick(given, given);
  });

  find('#archive-sample', HTMLButtonElement).addEventListener('click', () => {
    address.value = './models/digits/model.tar.gz';
    onPick(address.value, address.value);
  });

  pickDropped((file) => {
    find('#archive', HTMLElement).scrollIntoView();
    onPick(file, file.name);
  });
}

function pickDropped(onPick: (file: File) => void): void {
  const zone = find('#archive-drop', HTMLElement);
  const mark = (over: boolean): void => void zone.toggleAttribute('data-over', over);
  document.addEventListener('dragover', (event) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    mark(true);
  });
  document.addEventListener('dragleave', ({ relatedTarget }) => {
    if (relatedTarget === null) mark(false);
  });
  document.addEventListener('drop', (event) => {
    mark(false);
    const [file] = event.dataTransfer?.files ?? [];
    if (!file) return;
    const taken = event.defaultPrevented;
    event.preventDefault();
    if (!taken) onPick(file);
  });
}
