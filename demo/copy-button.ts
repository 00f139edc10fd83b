import { announce } from './announce.ts';

/** Makes a button copy a text that the page shows. Where the clipboard is closed to the page, it selects the text. */
export function copyButton(button: HTMLButtonElement, shown: HTMLElement): void {
  const label = button.textContent;
  let pending: ReturnType<typeof setTimeout> | undefined;
  button.addEventListener('click', async () => {
    const copied = await copy(shown);
    button.textContent = copied ? 'Copied' : 'Selected';
    announce(copied ? 'Copied.' : 'The text is selected.');
    clearTimeout(pending);
    pending = setTimeout(() => (button.textContent = label), 2000);
  });
}

async function copy(shown: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(shown.textContent);
    return true;
  } catch {
    getSelection()?.selectAllChildren(shown);
    return false;
  }
}
