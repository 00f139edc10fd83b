import type { ErrorCode } from 'inpoint';
import type { ReadonlySignal } from '@preact/signals';
import { translated } from '../site/language.ts';

/**
 * What to do about an error, by its code. English has none: the messages of the library say it already, and more
 * exactly.
 */
export const remedies: ReadonlySignal<Readonly<Record<string, string>>> = translated({
  en: {},
  ko: {
    'download-failed': '내려받지 못했습니다. 주소와 네트워크 연결을 확인한 뒤 다시 시도하세요.',
    'not-an-archive': '이 파일은 model.tar.gz 아카이브가 아닙니다. ONNX 모델이 든 tar.gz 파일을 선택하세요.',
    'archive-empty': '아카이브가 비어 있습니다. 모델 파일을 넣어 다시 만드세요.',
    'archive-truncated': '아카이브가 중간에 끊겼습니다. 파일을 다시 내려받으세요.',
    'archive-corrupt': '아카이브가 손상되었습니다. 파일을 다시 내려받거나 다시 만드세요.',
    'archive-unsafe': '안전하지 않은 항목이 들어 있어 열지 않았습니다. 믿을 수 있는 곳에서 받은 파일인지 확인하세요.',
    'archive-unsupported': '지원하지 않는 형식의 아카이브입니다. GNU tar나 inpoint pack으로 다시 만드세요.',
    'archive-too-large': '아카이브가 허용된 크기를 넘습니다. 더 작은 모델을 쓰거나 한도를 높이세요.',
    'integrity-mismatch': '요청한 것과 다른 파일이 왔습니다. 주소가 맞는지, 믿을 수 있는 곳인지 확인하세요.',
    'signature-missing': '서명되지 않은 아카이브입니다. 믿는 키로 서명된 파일만 열 수 있습니다.',
    'signature-invalid': '믿는 키로 서명되지 않았거나, 서명한 뒤에 바뀌었습니다. 파일의 출처를 확인하세요.',
    'signature-unsupported': '이 브라우저에서는 서명을 확인할 수 없습니다. 최신 브라우저에서 다시 시도하세요.',
    'not-kept': '이 기기에 저장된 것이 없습니다. 연결되어 있을 때 먼저 내려받으세요.',
    'model-in-use': '쓰이고 있는 모델입니다. 이 모델을 쓰는 탭이나 방을 닫은 뒤 다시 시도하세요.',
    'quota-exceeded': '저장할 공간이 부족합니다. 필요 없는 모델을 지우고 다시 시도하세요.',
    'store-failed': '이 기기에 저장하거나 저장된 것을 읽지 못했습니다. 다시 시도하세요.',
    'queue-unavailable': '이 페이지는 요청을 저장해 둘 수 없습니다. 시크릿 창이 아닌 보통 창에서 다시 시도하세요.',
    'job-running': '같은 이름의 변환 작업이 이미 실행되고 있습니다. 끝나기를 기다리거나 그 탭에서 멈추세요.',
    'job-changed': '이 변환 작업은 다른 입력이나 설정으로 시작되었습니다. 처음과 같게 하거나 새로 시작하세요.',
    'model-missing': '아카이브 안에 ONNX 모델이 없습니다. 모델을 ONNX로 내보내 함께 넣으세요.',
    'model-ambiguous': '모델이 여러 개라 하나를 고를 수 없습니다. inference.json에 어느 모델인지 적으세요.',
    'model-foreign': '브라우저에서 실행할 수 없는 형식의 모델입니다. 아래 방법으로 ONNX로 내보내세요.',
    'file-missing': '모델에 필요한 파일이 아카이브에 없습니다. 그 파일을 넣어 다시 만드세요.',
    'file-invalid': '아카이브 안의 파일 하나를 읽을 수 없습니다. 아래에 적힌 부분을 고치세요.',
    'task-unsupported': '지원하지 않는 작업입니다. 아래에서 지원하는 작업을 확인하세요.',
    'input-invalid': '입력이 모델에 맞지 않습니다. 아래에 적힌 부분을 고쳐 다시 시도하세요.',
    'inference-failed': '모델을 실행하는 중에 문제가 생겼습니다. 입력을 바꾸어 다시 시도하세요.',
    'runtime-failed': '이 브라우저에서 실행 엔진을 시작하지 못했습니다. 최신 브라우저에서 다시 시도하세요.',
    'model-invalid': '실행 엔진이 이 모델을 받아들이지 않았습니다. 모델을 다시 내보내세요.',
    'model-too-large': '모델이 웹 페이지의 메모리보다 큽니다. 양자화한 모델이나 더 작은 모델을 쓰세요.',
    'out-of-memory': '메모리가 모자랍니다. 열어 둔 다른 모델이나 탭을 닫고 다시 시도하세요.',
    'worker-boot-failed': '작업 스레드를 시작하지 못했습니다. 페이지를 새로 고치세요.',
    'worker-lost': '모델을 실행하던 작업 스레드가 멈췄습니다. 모델을 다시 여세요.',
    'worker-mismatch': '페이지와 작업 스레드의 버전이 다릅니다. 페이지를 새로 고치세요.',
    'device-unavailable': '이 브라우저에는 WebGPU가 없습니다. WASM으로 여세요.',
    'device-lost': '그래픽 장치와 연결이 끊겼습니다. 모델을 다시 여세요.',
    'timed-out': '모델이 정해진 시간 안에 끝나지 않았습니다. 더 작은 입력으로 다시 시도하세요.',
    'self-test-failed': '모델이 견본과 다른 답을 냅니다. 파일이 손상되었는지 확인하고 다시 만드세요.',
    'session-lost': '실행 엔진이 멈추어 대화의 상태를 잃었습니다. 대화를 새로 시작하세요.',
    'endpoint-failed': '실행 엔진이 거듭 멈추어 엔드포인트를 더 쓸 수 없습니다. 모델을 다시 여세요.',
    'request-expired': '정해진 시간 안에 시작하지 못한 요청입니다. 다시 요청하세요.',
    'origin-missing':
      '출처가 없는 페이지라 작업 스레드를 시작할 수 없습니다. 샌드박스에 allow-same-origin을 추가하거나 파일이 아닌 주소로 여세요.',
    'update-refused': '새 모델이 받는 입력이 지금 모델과 다릅니다. 별도의 엔드포인트로 여세요.',
    'update-in-progress': '이미 모델을 바꾸는 중입니다. 끝난 뒤에 다시 시도하세요.',
    'endpoint-closed': '엔드포인트가 닫혔습니다. 모델을 다시 여세요.',
    throttled: '기다리는 호출이 너무 많습니다. 잠시 뒤에 다시 시도하세요.',
  } satisfies Record<ErrorCode, string>,
});
