/**
 * A file that is let go anywhere on the page, and that no room takes for itself, is an archive to open: without this,
 * the browser would leave the page for it.
 */
export function openDroppedFiles(): void {
  document.addEventListener('dragover', (event) => {
    if (event.dataTransfer?.types.includes('Files')) event.preventDefault();
  });
  document.addEventListener('drop', (event) => {
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length === 0 || event.defaultPrevented) return;
    event.preventDefault();
    location.hash = '#/your-model';
    void open(files);
  });
}

async function open(files: readonly File[]): Promise<void> {
  const { openFiles } = await import('../your-model/archive.ts');
  await openFiles(files);
}
