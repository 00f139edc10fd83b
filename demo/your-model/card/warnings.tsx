import type { Artifact, Endpoint } from 'inpoint';
import type { JSX } from 'preact';
import { byteSize } from '../../show/format.ts';
import { translated } from '../../site/language.ts';

const words = translated({
  en: {
    title: 'Worth knowing',
    code: (files: string) => `Code is listed and not run: ${files}. What it would do belongs into inference.json.`,
    foreign: (files: string) => `Weights of other frameworks lie beside the model and are not used: ${files}.`,
    undescribed: 'No inference.json: the task and its steps were told from the other files. Check that they are right.',
    unproven: 'No golden samples: nothing proves that the answers here are those of the training framework.',
    large: (size: string) => `The model is large (${size}): a phone may not have the memory for it.`,
    unlicensed: 'The archive names no licence.',
    mend: 'npx inpoint pack writes all of this into an archive.',
  },
  ko: {
    title: '알아 둘 점',
    code: (files: string) =>
      `코드는 목록에만 있고 실행되지 않습니다: ${files}. 코드가 할 일은 inference.json에 적어야 합니다.`,
    foreign: (files: string) => `다른 프레임워크의 가중치가 함께 있지만 쓰이지 않습니다: ${files}.`,
    undescribed: 'inference.json이 없어 작업과 단계를 다른 파일에서 알아냈습니다. 맞는지 확인하세요.',
    unproven: '골든 샘플이 없어, 여기의 답이 학습 프레임워크의 답과 같다는 증거가 없습니다.',
    large: (size: string) => `모델이 커서(${size}) 휴대전화에는 메모리가 모자랄 수 있습니다.`,
    unlicensed: '아카이브에 라이선스가 적혀 있지 않습니다.',
    mend: 'npx inpoint pack이 이 모두를 아카이브에 써 넣습니다.',
  },
});

/** What whoever made or uses this archive should know of it; nothing where all is well. */
export function Warnings({ artifact, endpoint }: { artifact: Artifact; endpoint: Endpoint }): JSX.Element | null {
  const { files } = artifact;
  const text = words.value;
  const names = (pattern: RegExp): string[] => files.map(({ path }) => path).filter((path) => pattern.test(path));
  const code = names(/\.(py|sh|js|ipynb)$/);
  const foreign = names(/\.(pt|pth|pkl|joblib|h5|keras|safetensors|pb|tflite|msgpack)$/);
  const has = (path: string): boolean => files.some((file) => file.path === path);
  const modelBytes = files.reduce((sum, { path, size }) => (/\.onnx/.test(path) ? sum + size : sum), 0);
  const warnings = [
    code.length > 0 && text.code(some(code)),
    foreign.length > 0 && text.foreign(some(foreign)),
    !has('inference.json') && text.undescribed,
    names(/(^|\/)golden\.json$/).length === 0 && text.unproven,
    modelBytes > largeBytes && text.large(byteSize(modelBytes)),
    !endpoint.card.license && text.unlicensed,
  ].filter((warning) => warning !== false);
  if (warnings.length === 0) return null;
  return (
    <section class="card warnings">
      <h2>{text.title}</h2>
      <ul>
        {warnings.map((warning) => (
          <li key={warning}>{warning}</li>
        ))}
      </ul>
      <p class="hint">{text.mend}</p>
    </section>
  );
}

const largeBytes = 200e6;

function some(names: readonly string[]): string {
  return names.length > 3 ? `${names.slice(0, 3).join(', ')}, …` : names.join(', ');
}
