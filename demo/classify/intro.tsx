import type { JSX } from 'preact';
import { translated } from '../site/language.ts';

const words = translated({
  en: {
    title: (file: JSX.Element) => <>A {file} becomes an endpoint, in this page.</>,
    lead: 'One worker fetches, unpacks and verifies the archive; another answers, with ONNX Runtime on WebAssembly. No server computes anything, and nothing you draw, type or drop leaves this device.',
  },
  ko: {
    title: (file: JSX.Element) => <>{file} 하나가 이 페이지 안에서 엔드포인트가 됩니다.</>,
    lead: '한 워커가 아카이브를 내려받아 풀고 검사하면, 다른 워커가 WebAssembly 위의 ONNX Runtime으로 답합니다. 서버는 아무 계산도 하지 않으며, 그리고 쓰고 올린 것은 이 기기를 떠나지 않습니다.',
  },
});

/** What this site is, above the first thing that a visitor may try. */
export function Intro(): JSX.Element {
  return (
    <div class="intro">
      <h1>{words.value.title(<span class="file">model.tar.gz</span>)}</h1>
      <p class="lead">{words.value.lead}</p>
    </div>
  );
}
