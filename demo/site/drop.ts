/**
 * A file that is let go anywhere on the page, and that no room takes for itself, is an archive to open: without this,
 * the browser would leave the page for it.
 */
export function openDroppedFiles(): void {
  document.addEventListener('dragover', (event) => {
    if (event.dataTransfer?.types.includes('Files')) event.preventDefault();
  });
  document.addEventListener('drop', (event) => {
    const [file] = event.dataTransfer?.files ?? [];
    if (!file || event.defaultPrevented) return;
    event.preventDefault();
    location.hash = '#/your-model';
    void open(file);
  });
}

async function open(file: File): Promise<void> {
  const { openArchive } = await import('../your-model/archive.ts');
  await openArchive(file, file.name);
}
