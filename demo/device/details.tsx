import type { DeviceReport, Finding, GpuFindings } from 'inpoint';
import type { JSX } from 'preact';
import { byteSize, count } from '../show/format.ts';
import { translated } from '../site/language.ts';
import { report } from './report.ts';

const words = translated({
  en: {
    title: 'In detail',
    groups: {
      browser: 'Browser and page',
      wasm: 'WebAssembly, in a worker',
      gpu: 'WebGPU, in a worker',
      bothGpu: 'WebGPU, in a worker and in the page',
      pageGpu: 'WebGPU, in the page',
      storage: 'Storage, in a worker',
      features: 'Other features, in a worker',
    },
    versions: 'Inpoint, ONNX Runtime',
    browser: 'Browser',
    platform: 'Platform',
    cores: 'Cores',
    memory: 'Memory',
    gib: (size: string) => `${size} GiB or more`,
    secure: 'Served securely',
    isolated: 'Cross-origin isolated',
    opaque: 'Without an origin (sandbox)',
    framed: 'In a frame',
    compiles: 'Compiles',
    largest: 'Largest memory',
    adapter: 'Adapter',
    software: 'Software',
    features: 'Features in all',
    usage: 'Used by this site',
    quota: 'Allowed to this site',
    persisted: 'The browser asks before it clears them',
    yes: 'yes',
    no: 'no',
    notSaid: 'not told',
  },
  ko: {
    title: '자세히',
    groups: {
      browser: '브라우저와 페이지',
      wasm: 'WebAssembly(워커)',
      gpu: 'WebGPU(워커)',
      bothGpu: 'WebGPU(워커와 페이지)',
      pageGpu: 'WebGPU(페이지)',
      storage: '저장소(워커)',
      features: '그 밖의 기능(워커)',
    },
    versions: 'Inpoint, ONNX Runtime',
    browser: '브라우저',
    platform: '플랫폼',
    cores: '코어',
    memory: '메모리',
    gib: (size: string) => `${size} GiB 이상`,
    secure: '보안 연결',
    isolated: '교차 출처 격리',
    opaque: '출처 없음(sandbox)',
    framed: '프레임 안',
    compiles: '컴파일',
    largest: '가장 큰 메모리',
    adapter: '어댑터',
    software: '소프트웨어',
    features: '기능 수',
    usage: '이 사이트가 쓰는 양',
    quota: '이 사이트에 허용된 양',
    persisted: '지우기 전에 브라우저가 물어봄',
    yes: '예',
    no: '아니요',
    notSaid: '알 수 없음',
  },
});

type Value = string | boolean | Finding | undefined;
type Row = readonly [name: string, value: Value];
interface Group {
  readonly title: string;
  readonly rows: readonly Row[];
}

/** All that was measured, in tables. */
export function Details(): JSX.Element | null {
  if (!report.value) return null;
  return (
    <section class="device-details" aria-labelledby="device-details">
      <h2 id="device-details">{words.value.title}</h2>
      <div class="device-tables">
        {groupsOf(report.value).map(({ title, rows }) => (
          <div key={title} class="card device-table">
            <table>
              <caption>{title}</caption>
              <tbody>
                {rows.map(([name, value]) => (
                  <tr key={name}>
                    <th scope="row">{breakable(name)}</th>
                    <td>{shown(value)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        ))}
      </div>
    </section>
  );
}

function shown(value: Value): string | JSX.Element {
  const text = words.value;
  if (value === undefined) return text.notSaid;
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? text.yes : <span class="quiet">{text.no}</span>;
  if (value.works) return text.yes;
  return (
    <span class="quiet">
      {text.no}: <span lang="en">{value.reason}</span>
    </span>
  );
}

/** A name of several words without a space, which may be broken between them. */
function breakable(name: string): (string | JSX.Element)[] {
  return name
    .split(/(?<=[a-z])(?=[A-Z][a-z])/)
    .flatMap((word, index) => (index === 0 ? [word] : [<wbr key={index} />, word]));
}

function groupsOf(found: DeviceReport): Group[] {
  const text = words.value;
  const { browser, page, worker } = found;
  const { groups } = text;
  const first: Group = {
    title: groups.browser,
    rows: [
      [text.versions, `${found.inpoint}, ${found.onnxruntime}`],
      [text.browser, browser.name],
      [text.platform, browser.platform],
      [text.cores, count(found.cores)],
      [text.memory, found.memoryGiB === undefined ? undefined : text.gib(String(found.memoryGiB))],
      [text.secure, page.isSecure],
      [text.isolated, page.isIsolated],
      [text.opaque, page.hasOpaqueOrigin],
      [text.framed, page.isFramed],
      ['WebNN', page.webnn],
    ],
  };
  if (worker.kind === 'failed') return [first, { title: groups.pageGpu, rows: adapterRows(page.webgpu) }];
  const { wasm, storage, features } = worker;
  const isSame = JSON.stringify(worker.webgpu) === JSON.stringify(page.webgpu);
  return [
    first,
    {
      title: groups.wasm,
      rows: [
        [text.compiles, wasm.compiles],
        [text.largest, byteSize(wasm.largestMemoryBytes)],
        ['SIMD', wasm.simd],
        ['Relaxed SIMD', wasm.relaxedSimd],
        ['Threads', wasm.threads],
        ['JSPI', wasm.jspi],
        ['Exceptions (exnref)', wasm.exceptions],
        ['Exceptions (legacy)', wasm.legacyExceptions],
        ['Memory64', wasm.memory64],
      ],
    },
    {
      title: groups.storage,
      rows: [
        ['OPFS', storage.opfs],
        ['Cache Storage', storage.cacheStorage],
        ['IndexedDB', storage.indexedDB],
        ['Web Locks', storage.webLocks],
        [text.usage, storage.usageBytes === undefined ? undefined : byteSize(storage.usageBytes)],
        [text.quota, storage.quotaBytes === undefined ? undefined : byteSize(storage.quotaBytes)],
        [text.persisted, storage.isPersisted],
      ],
    },
    {
      title: groups.features,
      rows: [
        ['DecompressionStream', features.decompressionStream],
        ['WebCrypto', features.webCrypto],
        ['Ed25519', features.ed25519],
        ['BroadcastChannel', features.broadcastChannel],
        ['OffscreenCanvas', features.offscreenCanvas],
        ['createImageBitmap()', features.createImageBitmap],
        ['ImageDecoder', features.imageDecoder],
        ['AudioDecoder', features.audioDecoder],
        ['FileReaderSync', features.fileReaderSync],
        ['Float16Array', features.float16Array],
        ['AbortSignal.any()', features.abortSignalAny],
        ['Array.toSorted()', features.toSorted],
      ],
    },
    { title: isSame ? groups.bothGpu : groups.gpu, rows: adapterRows(worker.webgpu) },
    ...(isSame ? [] : [{ title: groups.pageGpu, rows: adapterRows(page.webgpu) }]),
  ];
}

function adapterRows(webgpu: GpuFindings): Row[] {
  const text = words.value;
  if (webgpu.kind === 'none') return [[text.adapter, { works: false, reason: webgpu.reason }]];
  const { vendor, architecture, device, description } = webgpu;
  return [
    [text.adapter, [vendor, architecture, device, description].filter(Boolean).join(' ') || undefined],
    [text.software, webgpu.isSoftware],
    ...Object.entries(webgpu.limits).map(([name, limit]): Row => [
      name,
      name.endsWith('Size') ? byteSize(limit) : count(limit),
    ]),
    ...telling.map((name): Row => [name, webgpu.features.includes(name)]),
    [text.features, count(webgpu.features.length)],
  ];
}

/** Of some twenty features, those of computing: the others are in the report. */
const telling = ['shader-f16', 'subgroups', 'timestamp-query'];
