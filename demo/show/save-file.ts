/** Hands a file to the browser, which puts it where the visitor's downloads go. */
export function saveFile(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // Browsers read it after the click, and do not say when they have.
  setTimeout(() => URL.revokeObjectURL(link.href), readMs);
}

const readMs = 60_000;
