import { formatBytes } from '../../format-bytes.ts';
import type { Manifest } from '../../manifest/index.ts';
import type { OnnxFile, OnnxValue } from '../../manifest/onnx-file.ts';
import { painter, printable, type Terminal } from '../terminal.ts';
import type { ModelReport, Report } from './index.ts';

/** A report for people. All that the archive wrote is untrusted, and printed with its control characters spelt out. */
export function reportText(report: Report, terminal: Pick<Terminal, 'hasColor'>): string {
  const paint = painter(terminal);
  const lines: string[] = [];
  const section = (title: string, content: readonly string[]): void => {
    if (content.length > 0) lines.push('', paint.bold(title), ...content.map((line) => `  ${line}`));
  };
  const packed = report.downloadedBytes > 0 ? `${formatBytes(report.downloadedBytes)}, ` : '';
  const count = `${report.files.length} ${report.files.length === 1 ? 'file' : 'files'}`;
  lines.push(`${paint.bold(printable(report.name))}  ${packed}${count}, ${formatBytes(report.unpackedBytes)} unpacked`);
  if (report.task) {
    const state = report.problem === undefined ? paint.green('can be served') : paint.red('cannot be served');
    lines.push(`${report.task}, told from ${printable(report.taskFrom ?? '')}: ${state}`);
  }
  section('Files', tree(report.files));
  section('About', card(report.manifest));
  for (const model of report.models) section(`Model ${printable(model.path)}`, modelLines(model));
  if (report.manifest) section('Steps', steps(report.manifest));
  section('Metrics', metrics(report.manifest));
  if (report.golden) {
    const { samples, recorded, source } = report.golden;
    section('Golden samples', [
      `${samples}, ${recorded ? 'recorded at packing' : `from ${printable(source ?? 'an unnamed source')}`}`,
    ]);
  }
  section(
    'What is missing',
    report.missing.flatMap(({ what, how }) => [`- ${printable(what)}`, `  ${paint.dim(printable(how))}`]),
  );
  if (report.problem !== undefined) section(paint.red('Cannot be served'), problemLines(report));
  if (report.steps !== undefined) lines.push('', ...report.steps.split('\n').map(printable));
  return `${lines.join('\n')}\n`;
}

/** Why it cannot be served; of what the steps say again, the first line will do. */
function problemLines({ problem = '', steps: known }: Report): string[] {
  const lines = problem.split('\n').map(printable);
  if (known === undefined) return lines;
  return lines.slice(0, 1).map((line) => line.replace(/ Export it where it was trained.*$/, ''));
}

/** Paths as a tree, with sizes at the right. */
function tree(files: Report['files']): string[] {
  const rows: { text: string; size: number }[] = [];
  const walk = (entries: readonly { parts: string[]; size: number }[], indent: string): void => {
    const groups = new Map<string, { parts: string[]; size: number }[]>();
    for (const { parts, size } of entries) {
      const [head, ...tail] = parts;
      groups.set(head!, [...(groups.get(head!) ?? []), { parts: tail, size }]);
    }
    for (const [head, inner] of groups) {
      const isFile = inner.length === 1 && inner[0]!.parts.length === 0;
      const size = inner.reduce((total, one) => total + one.size, 0);
      rows.push({ text: `${indent}${printable(head)}${isFile ? '' : '/'}`, size });
      if (!isFile) walk(inner, `${indent}  `);
    }
  };
  walk(
    files.map(({ path, size }) => ({ parts: path.split('/'), size })),
    '',
  );
  const shown = rows.slice(0, maxRows);
  const width = shown.reduce((widest, { text }) => Math.max(widest, text.length), 0);
  const lines = shown.map(({ text, size }) => `${text.padEnd(width)}  ${formatBytes(size).padStart(9)}`);
  return rows.length > maxRows ? [...lines, `… and ${rows.length - maxRows} more`] : lines;
}

const maxRows = 60;

function card(manifest: Manifest | undefined): string[] {
  if (!manifest) return [];
  const { name, description, author, version, date, license } = manifest.card;
  return Object.entries({ name, description, author, version, date, license }).flatMap(([field, value]) =>
    value === undefined ? [] : [`${field.padEnd(11)}  ${printable(value)}`],
  );
}

function modelLines({ bytes, onnx, memory }: ModelReport): string[] {
  if (!onnx) return [`${formatBytes(bytes)}; what it says of itself cannot be read`];
  return [
    ...values('input', onnx.inputs),
    ...values('output', onnx.outputs),
    `weights    ${onnx.parameters.map(({ type, count, bytes: size }) => `${thousands(count)} × ${type} (${formatBytes(size)})`).join(', ') || 'none'}`,
    `operators  ${operators(onnx)}`,
    `opset      ${
      Object.entries(onnx.opsets)
        .map(([domain, version]) => `${printable(domain)} ${version}`)
        .join(', ') || 'none'
    }${onnx.producer ? `, written by ${printable(onnx.producer)}` : ''}`,
    ...(memory
      ? [
          `memory     about ${formatBytes(memory.loadingBytes)} while it loads, up to ${formatBytes(memory.runningBytes)} afterwards, and its intermediate results`,
        ]
      : []),
  ];
}

function values(label: string, list: readonly OnnxValue[]): string[] {
  return list
    .slice(0, 24)
    .map(({ name, type, shape }, index) => {
      const dims = shape ? `[${shape.map((dim) => printable(String(dim))).join(', ')}]` : '[any shape]';
      return `${(index === 0 ? `${label}${list.length > 1 ? 's' : ''}` : '').padEnd(10)} ${printable(name)}  ${type ?? 'no tensor'} ${dims}`;
    })
    .concat(list.length > 24 ? [`           … and ${list.length - 24} more`] : []);
}

function operators({ operators: all }: OnnxFile): string {
  const shown = all
    .slice(0, 12)
    .map(
      ({ domain, name, count }) =>
        `${domain === 'ai.onnx' ? '' : `${printable(domain)}.`}${printable(name)} × ${count}`,
    );
  return `${shown.join(', ')}${all.length > 12 ? ` and ${all.length - 12} more kinds` : ''}`;
}

/** The steps before and after the model, each in a line. */
function steps(manifest: Manifest): string[] {
  const lines = (label: string, list: readonly object[] | undefined): string[] =>
    (list ?? []).map((step, index) => {
      const { step: name, ...rest } = step as { step: string };
      const details = Object.keys(rest).length > 0 ? `  ${short(JSON.stringify(rest))}` : '';
      return `${(index === 0 ? label : '').padEnd(6)}  ${name}${details}`;
    });
  const { preprocess, postprocess } = manifest as { preprocess?: readonly object[]; postprocess?: readonly object[] };
  return [...lines('before', preprocess), ...lines('after', postprocess)];
}

function metrics(manifest: Manifest | undefined): string[] {
  return Object.entries(manifest?.card.metrics ?? {})
    .slice(0, 20)
    .map(([name, value]) => `${printable(name)}  ${short(printable(JSON.stringify(value)))}`);
}

function short(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

function thousands(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}
