// Writes the API reference into docs/api, from the docstrings of what the package exports. Nothing that is exported
// may be without one, name what is not there, or link to nothing: any warning of TypeDoc fails.

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application, LogLevel, ReflectionKind } from 'typedoc';

const here = fileURLToPath(new URL('.', import.meta.url));
const out = join(here, 'api');

/** The groups of src/index.ts, which blank lines part, in their order. */
const groups = [
  { file: 'deploy', title: 'Deploying', about: 'From an archive to answers.' },
  { file: 'tasks', title: 'Inputs and answers', about: 'What the tasks take and give.' },
  { file: 'tensors', title: 'Tensors', about: 'What a model itself takes and gives.' },
  {
    file: 'store',
    title: 'Kept models',
    about: 'What is on this device, and what an archive is before it is downloaded.',
  },
  { file: 'device', title: 'This device', about: 'What this browser can do, and what the page takes.' },
  { file: 'archives', title: 'Archives', about: 'Where models come from, and what they say of themselves.' },
  { file: 'errors', title: 'Error classes', about: 'What is thrown on purpose.' },
];

const app = await Application.bootstrap({
  entryPoints: ['src/index.ts', 'src/worker/serve.ts', 'src/service-worker/index.ts'].map((path) =>
    join(here, '..', path),
  ),
  tsconfig: join(here, 'tsconfig.json'),
  readme: 'none',
  sort: ['source-order'],
  excludePrivate: true,
  preservedTypeAnnotationTags: ['@throws'],
  jsDocCompatibility: { defaultTag: false },
  disableSources: true,
  logLevel: LogLevel.Warn,
  validation: { notExported: true, invalidLink: true, notDocumented: true },
  requiredToBeDocumented: ['Class', 'Interface', 'TypeAlias', 'Function', 'Method', 'Variable', 'CallSignature'],
  // Parts of unions whose docstrings say in words what they are, and what a handler hardly needs.
  intentionallyNotExported: ['QuotaFigures', 'WorkerAudio', 'WorkerImage', 'ModelManifest', 'PipelineManifest'],
});
const project = await app.convert();
if (!project) throw new Error('TypeDoc cannot read the source.');
app.validate(project);
if (app.logger.hasErrors() || app.logger.hasWarnings()) throw new Error('TypeDoc is not content: see above.');

const [main, serviceWorker, worker] = ['index', 'service-worker', 'worker/serve'].map((name) =>
  project.children.find((child) => child.name === name),
);
const pages = [
  ...(await groupedPages()),
  entryPage(worker, { file: 'worker', title: 'inpoint/worker', about: 'For a worker of your own.' }),
  entryPage(serviceWorker, {
    file: 'service-worker',
    title: 'inpoint/service-worker',
    about: 'For a page that starts offline, and its service worker.',
  }),
];

/** The page and heading of each exported name; `inpoint/worker` exports some of the same again. */
const places = new Map(
  pages.toReversed().flatMap(({ file, members }) => members.map(({ name }) => [name, `${file}.md#${name}`])),
);

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
for (const page of pages) await writeFile(join(out, `${page.file}.md`), pageText(page));
await writeFile(join(out, 'index.md'), overview());
console.log(`API reference: ${places.size} names on ${pages.length + 1} pages.`);

async function groupedPages() {
  const source = await readFile(join(here, '../src/index.ts'), 'utf8');
  const lists = source
    .split(/\n\s*\n/)
    .map((block) => [...block.matchAll(/\{([^}]*)\}/g)].flatMap(([, list]) => list.match(/\w+/g) ?? []));
  if (lists.length !== groups.length) {
    throw new Error(`src/index.ts has ${lists.length} groups of exports, and docs/api.mjs names ${groups.length}.`);
  }
  return groups.map((group, index) => ({
    ...group,
    from: 'inpoint',
    members: lists[index].map((name) => main.children.find((child) => child.name === name)),
  }));
}

/** Of another entry than the package's first one, which may export the same names again. */
function entryPage(entry, { file, title, about }) {
  const members = entry.children.map((child) => (child.isReference?.() ? child.getTargetReflection() : child));
  return {
    file,
    title,
    about,
    from: title,
    members: members.filter((member) => member.parent === entry),
    others: members.filter((member) => member.parent !== entry),
  };
}

function overview() {
  const lists = pages.map(({ file, title, about, from, members }) => {
    const rows = members.map(({ name }) => `[\`${name}\`](${file}.md#${name})`);
    return `## [${title}](${file}.md)\n\n${about}${from === 'inpoint' ? '' : ` From \`${from}\`.`}\n\n${rows.join(', ')}\n`;
  });
  return `# API reference\n\nWhat \`inpoint\` exports. All of it is made from the docstrings that an editor shows too.\n\n${lists.join('\n')}`;
}

function pageText({ title, about, from, members, others = [] }) {
  const again = others.map(({ name }) => `[\`${name}\`](${places.get(name)})`).join(', ');
  const rest = again && `\n\`${from}\` exports these of \`inpoint\` as well: ${again}.\n`;
  return `---\noutline: 2\n---\n\n# ${title}\n\n${about} Exported by \`${from}\`.\n${rest}\n${members.map(memberText).join('\n')}`;
}

function memberText(member) {
  const heading = `## ${member.name} {#${member.name}}\n\n`;
  if (member.kind === ReflectionKind.Function) return heading + functionText(member);
  if (member.kind === ReflectionKind.TypeAlias) return heading + aliasText(member);
  if (member.kind === ReflectionKind.Variable)
    return heading + sections(prose(member.comment?.summary), uses(member.type));
  return heading + objectText(member);
}

/** Overloads differ in their types alone: one description for all. */
function functionText({ signatures }) {
  const [first] = signatures;
  const shown = signatures.map((signature) => signatureText(signature)).join('\n\n');
  const params = first.parameters
    .filter(({ comment }) => comment?.summary.length > 0)
    .map((param) => `- \`${param.name}\`: ${bare(param.comment.summary).replaceAll('\n', ' ')}.`);
  return sections(prose(first.comment?.summary), fenced(shown), params.join('\n'), tags(first.comment));
}

function aliasText({ name, type, comment }) {
  const shown = type.type === 'union' && type.types.length > 3;
  const body = shown ? type.types.map((one) => `\n  | ${one}`).join('') : ` ${type}`;
  return sections(prose(comment?.summary), fenced(`type ${name} =${body};`), uses(type), tags(comment));
}

/** Interfaces and classes. */
function objectText(member) {
  const own = (member.children ?? []).filter(
    (child) => isDescribedHere(child, member) && !(child.overwrites && child.name === 'name'),
  );
  const isClass = member.kind === ReflectionKind.Class;
  const generics = member.typeParameters?.map(({ name }) => name).join(', ');
  const parents = (member.extendedTypes ?? [])
    .map((type) => linked(String(type)))
    .filter((type) => type.includes(']('));
  const kind =
    parents.length > 0 &&
    `${linked(`${member.name}${generics ? `<${generics}>` : ''}`)} extends ${parents.join(', ')}.`;
  const rows = own
    .filter(({ kind: one }) => one === ReflectionKind.Property)
    .map((property) => [
      `\`${property.name}${property.flags.isOptional ? '?' : ''}\``,
      linked(typeOf(property)),
      fieldMeaning(property),
    ]);
  const methods = own
    .filter(({ kind: one }) => one === ReflectionKind.Method || one === ReflectionKind.Constructor)
    .filter(({ kind: one }) => !(isClass && one === ReflectionKind.Constructor))
    .map((method) => `### ${member.name}.${method.name}()\n\n${functionText(method)}`);
  return sections(prose(member.comment?.summary), kind, table(rows), tags(member.comment), methods.join('\n'));
}

/** What a parent has that is described itself is told there; of a parent that is not exported it is told here. */
function isDescribedHere({ inheritedFrom, flags }, { kind }) {
  if (!inheritedFrom) return true;
  return kind === ReflectionKind.Interface && !flags.isExternal && !places.has(inheritedFrom.name.split('.', 1)[0]);
}

function typeOf({ type }) {
  if (type.type !== 'reflection' || !type.declaration.children) return String(type);
  const fields = type.declaration.children.map(
    (field) => `${field.name}${field.flags.isOptional ? '?' : ''}: ${typeOf(field)}`,
  );
  return `{ ${fields.join('; ')} }`;
}

/** What a field says, and what the fields within it say. */
function fieldMeaning({ comment, type }) {
  const inner = type?.type === 'reflection' ? (type.declaration.children ?? []) : [];
  const parts = inner
    .filter((field) => field.comment?.summary.length > 0)
    .map((field) => `\`${field.name}\`: ${prose(field.comment.summary)}`);
  const fallback = comment?.blockTags.find(({ tag }) => tag === '@default' || tag === '@defaultValue');
  const said = [prose(comment?.summary), ...parts, fallback && `Default: ${fallbackText(fallback.content)}.`];
  return said.filter(Boolean).join(' ').replaceAll('\n', ' ').replaceAll('|', '\\|');
}

/** Some defaults are code, most are sentences. */
function fallbackText(content) {
  const text = bare(content);
  return /^(['"[{\d]|true$|false$)/.test(text) ? `\`${text}\`` : text;
}

function signatureText(signature) {
  const generics = signature.typeParameters?.map(
    (one) => `${one.name} extends ${shortened(String(one.type ?? 'unknown'))}`,
  );
  const params = signature.parameters.map(({ name, type, flags, defaultValue }) => {
    const optional = flags.isOptional || defaultValue !== undefined ? '?' : '';
    return `${name}${optional}: ${shortened(type.type === 'intersection' ? type.types.map((one) => typeOf({ type: one })).join(' & ') : typeOf({ type }))}`;
  });
  const list = params.join(', ');
  const shown = params.length > 1 ? `\n  ${params.join(',\n  ')},\n` : list;
  return `${signature.name}${generics ? `<${generics.join(', ')}>` : ''}(${shown}): ${shortened(String(signature.type))}`;
}

/** All tasks in a row are `TaskName`. */
function shortened(type) {
  return type.replace(/"text-classification"(?: \| "[a-z-]+"){15,}/, 'TaskName').replaceAll('<ArrayBufferLike>', '');
}

function tags(comment) {
  const list = (comment?.blockTags ?? []).filter(({ tag }) => tag === '@throws' || tag === '@returns');
  return list
    .map(({ tag, typeAnnotation, content }) => {
      if (tag === '@returns') return `- Gives ${bare(content)}.`;
      const name = typeAnnotation?.replace(/[{}]/g, '');
      return `- Throws ${[name && linked(name), bare(content)].filter(Boolean).join(' ')}.`;
    })
    .join('\n');
}

/** The exported names in a type, as links. */
function uses(type) {
  const names = [...new Set(String(type).match(/\b[A-Z]\w+/g))].filter((name) => places.has(name));
  return names.length === 0 ? '' : `See ${names.map((name) => linked(name)).join(', ')}.`;
}

/** A type as code, its exported names as links. */
function linked(type) {
  const escaped = shortened(type).replace(/[&<>"{}|[\]*_`\\]/g, (one) => `&#${one.charCodeAt(0)};`);
  return `<code>${escaped.replace(/\b[A-Z]\w+\b/g, (name) => (places.has(name) ? `[${name}](${places.get(name)})` : name))}</code>`;
}

function prose(parts = []) {
  return parts
    .map((part) => (part.kind === 'inline-tag' ? `\`${part.text}\`` : part.text))
    .join('')
    .trim();
}

function bare(parts) {
  return prose(parts).replace(/\.$/, '');
}

function fenced(code) {
  return `\`\`\`ts\n${code}\n\`\`\``;
}

function table(rows) {
  if (rows.length === 0) return '';
  return ['| field | type | meaning |', '| --- | --- | --- |', ...rows.map((cells) => `| ${cells.join(' | ')} |`)].join(
    '\n',
  );
}

function sections(...parts) {
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}
