import type { DeviceReport, GpuFindings } from 'inpoint';
import { byteSize, count } from '../show/format.ts';
import { translated } from '../site/language.ts';

export type Mark = 'good' | 'limited' | 'bad';

/** One sentence about a device. */
export interface Conclusion {
  readonly about: 'worker' | 'wasm' | 'webgpu' | 'threads' | 'memory' | 'keeps' | 'room';
  readonly mark: Mark;
  readonly says: string;
  /** Why, where there is more to say; the library and the browser say it in English. */
  readonly why?: { readonly text: string; readonly lang?: 'en' };
}

const words = translated({
  en: {
    noWorker: 'Models run in workers, and none can be started.',
    wasm: 'The processor computes, by WebAssembly with SIMD.',
    noWasm: 'WebAssembly with SIMD cannot be used.',
    gpu: (name: string, half: boolean) => `A graphics adapter is there: ${name}${half ? ', with float16' : ''}.`,
    unnamed: 'without a name',
    software: (name: string) => `The only graphics adapter is software: ${name}.`,
    softwareWhy: 'It gives right answers, more slowly than WebAssembly.',
    noGpu: 'No graphics adapter is there for models.',
    threads: (howMany: string, cores: string) => `${howMany} threads compute at once, on ${cores} cores.`,
    oneThread: 'One thread computes.',
    notIsolated:
      'The server of this page does not send the headers COOP and COEP, without which threads share no memory.',
    noThreads: 'This browser has no threads in WebAssembly.',
    fewCores: (cores: string) => `The device has ${cores} cores, and the page needs one.`,
    memory: (size: string) => `WebAssembly gets all the memory that it can have: ${size}.`,
    lessMemory: (size: string) => `WebAssembly gets ${size} of memory, less than elsewhere.`,
    opfs: 'Downloaded models stay on this device, as files of this site.',
    cache: 'Downloaded models stay on this device, in Cache Storage.',
    cacheWhy: 'A download that breaks off does not go on in a later visit.',
    notKept: 'Downloaded models are gone when the page is closed.',
    room: (quota: string, used: string) => `This site may keep ${quota}, and has ${used} so far.`,
  },
  ko: {
    noWorker: '모델은 워커에서 도는데, 워커를 시작할 수 없습니다.',
    wasm: '프로세서가 WebAssembly SIMD로 계산합니다.',
    noWasm: 'WebAssembly SIMD를 쓸 수 없습니다.',
    gpu: (name: string, half: boolean) => `그래픽 어댑터가 있습니다: ${name}${half ? ', float16 지원' : ''}.`,
    unnamed: '이름 없음',
    software: (name: string) => `그래픽 어댑터가 소프트웨어뿐입니다: ${name}.`,
    softwareWhy: '답은 맞지만 WebAssembly보다 느립니다.',
    noGpu: '모델이 쓸 그래픽 어댑터가 없습니다.',
    threads: (howMany: string, cores: string) => `코어 ${cores}개에서 스레드 ${howMany}개가 함께 계산합니다.`,
    oneThread: '스레드 하나가 계산합니다.',
    notIsolated: '이 페이지의 서버가 COOP, COEP 헤더를 보내지 않아 스레드끼리 메모리를 나눌 수 없습니다.',
    noThreads: '이 브라우저의 WebAssembly에는 스레드가 없습니다.',
    fewCores: (cores: string) => `기기의 코어가 ${cores}개이고, 페이지에도 하나가 필요합니다.`,
    memory: (size: string) => `WebAssembly가 쓸 수 있는 메모리를 모두 얻습니다: ${size}.`,
    lessMemory: (size: string) => `WebAssembly가 얻는 메모리가 ${size}로, 다른 곳보다 적습니다.`,
    opfs: '내려받은 모델이 이 사이트의 파일로 기기에 남습니다.',
    cache: '내려받은 모델이 Cache Storage로 기기에 남습니다.',
    cacheWhy: '끊긴 다운로드를 다음 방문에서 이어받지 못합니다.',
    notKept: '내려받은 모델이 페이지를 닫으면 사라집니다.',
    room: (quota: string, used: string) => `이 사이트는 ${quota}까지 저장할 수 있고, 지금 ${used}를 쓰고 있습니다.`,
  },
});

/** What a report means, a sentence each. */
export function conclude({ worker, page, cores, means }: DeviceReport): Conclusion[] {
  const text = words.value;
  if (worker.kind === 'failed') {
    return [{ about: 'worker', mark: 'bad', says: text.noWorker, why: inEnglish(worker.reason) }];
  }
  const { wasm, storage } = worker;
  const found: Conclusion[] = [];
  if (means.runs === 'nothing') {
    const why = wasm.compiles.works ? undefined : inEnglish(wasm.compiles.reason);
    found.push({ about: 'wasm', mark: 'bad', says: text.noWasm, why });
  } else {
    found.push({ about: 'wasm', mark: 'good', says: text.wasm });
  }
  found.push(adapter(worker.webgpu));
  if (means.threads > 1) {
    found.push({ about: 'threads', mark: 'good', says: text.threads(count(means.threads), count(cores)) });
  } else if (means.threads === 1) {
    const why = !page.isIsolated ? text.notIsolated : wasm.threads ? text.fewCores(count(cores)) : text.noThreads;
    found.push({ about: 'threads', mark: 'limited', says: text.oneThread, why: { text: why } });
  }
  const size = byteSize(wasm.largestMemoryBytes);
  found.push(
    wasm.largestMemoryBytes < 2 ** 32
      ? { about: 'memory', mark: 'limited', says: text.lessMemory(size) }
      : { about: 'memory', mark: 'good', says: text.memory(size) },
  );
  if (means.keeps === 'opfs') found.push({ about: 'keeps', mark: 'good', says: text.opfs });
  else if (means.keeps === 'memory')
    found.push({ about: 'keeps', mark: 'bad', says: text.notKept, why: inEnglish(means.reasons.at(-1)!) });
  else found.push({ about: 'keeps', mark: 'limited', says: text.cache, why: { text: text.cacheWhy } });
  if (means.keeps !== 'memory' && storage.quotaBytes !== undefined)
    found.push({
      about: 'room',
      mark: 'good',
      says: text.room(byteSize(storage.quotaBytes), byteSize(storage.usageBytes ?? 0)),
    });
  return found;
}

function adapter(webgpu: GpuFindings): Conclusion {
  const text = words.value;
  const about = 'webgpu';
  if (webgpu.kind === 'none') return { about, mark: 'limited', says: text.noGpu, why: inEnglish(webgpu.reason) };
  const name = [webgpu.vendor, webgpu.architecture].filter(Boolean).join(' ') || text.unnamed;
  return webgpu.isSoftware
    ? { about, mark: 'limited', says: text.software(name), why: { text: text.softwareWhy } }
    : { about, mark: 'good', says: text.gpu(name, webgpu.features.includes('shader-f16')) };
}

/** As a sentence. */
function inEnglish(reason: string): { text: string; lang: 'en' } {
  return { text: `${reason.charAt(0).toUpperCase()}${reason.slice(1).replace(/\.$/, '')}.`, lang: 'en' };
}
