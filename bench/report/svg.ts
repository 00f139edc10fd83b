/** What each rival is drawn in: told apart by all who see colours, in a light page and a dark one. */
export const rivalColours: Readonly<Record<string, string>> = {
  floor: '#8a8f98',
  transformers: '#e69f00',
  'transformers-worker': '#b8860b',
  tensorflow: '#cc79a7',
  wllama: '#56b4e9',
  inpoint: '#009e73',
};

/** An SVG file with its own ground, which follows the reader's choice of light or dark. */
export function svgFile(title: string, width: number, height: number, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title">`,
    `<title id="title">${escapeXml(title)}</title>`,
    `<style>${style}</style>`,
    `<rect class="ground" width="${width}" height="${height}" rx="8"/>`,
    `<text class="title" x="20" y="30">${escapeXml(title)}</text>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

export function escapeXml(text: string): string {
  return text.replace(/[<>&"]/g, (sign) => ({ '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;' })[sign]!);
}

/** A place in the picture: tenths of a pixel are enough. */
export function at(value: number): string {
  return String(Math.round(value * 10) / 10);
}

const style = [
  'text{font:13px system-ui,sans-serif;fill:#1d2127}',
  '.title{font-size:16px;font-weight:650}',
  '.quiet{fill:#5a616b}',
  '.ground{fill:#fff}',
  '.axis{stroke:#c8ccd2;stroke-width:1}',
  '.spread{stroke:#1d2127;stroke-width:1.5;opacity:.6}',
  '@media (prefers-color-scheme:dark){text{fill:#e8eaed}.quiet{fill:#a3aab4}.ground{fill:#1b1e23}.axis{stroke:#454b54}.spread{stroke:#e8eaed}}',
].join('');
