/** Whether an output of a decoder is what it goes on from, and stays where the runtime keeps it. */
export function isCache(output: string): boolean {
  return output.startsWith('present') && !output.includes('encoder');
}
