import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { chat as siteModel } from '../endpoints/demo-models.ts';
import { CodeExample } from '../show/code-example.tsx';
import { translated } from '../site/language.ts';
import { Drawer } from './drawer.tsx';
import { isSiteModel, model, takeModel } from './open-conversation.ts';

const words = translated({
  en: {
    title: 'Model',
    lead: (file: JSX.Element) => (
      <>Any {file} with a model that writes texts. It is opened on this device and sent nowhere.</>
    ),
    now: (name: string) => `In use: ${name}`,
    own: 'Model of this site',
    file: 'Choose an archive',
    drop: 'or drop it on the chat',
    address: 'Address of an archive',
    open: 'Open',
    cors: 'Another site has to allow it (CORS).',
    begins: 'A conversation stays with its model: another one begins a new conversation.',
  },
  ko: {
    title: '모델',
    lead: (file: JSX.Element) => (
      <>글을 쓰는 모델이 든 {file}이면 됩니다. 이 기기에서 열리고 어디로도 보내지 않습니다.</>
    ),
    now: (name: string) => `지금 쓰는 모델: ${name}`,
    own: '이 사이트의 모델',
    file: '아카이브 고르기',
    drop: '대화 화면에 끌어다 놓아도 됩니다',
    address: '아카이브 주소',
    open: '열기',
    cors: '다른 사이트라면 그쪽에서 허용해야 합니다(CORS).',
    begins: '대화는 시작한 모델과 이어집니다. 모델을 바꾸면 새 대화가 시작됩니다.',
  },
});

/** Takes the model to chat with: that of the site, a file, or an address. */
export function ModelDrawer({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }): JSX.Element {
  const address = useSignal('');
  const text = words.value;
  const take = (source: string | File): void => {
    onClose();
    void takeModel(source);
  };
  return (
    <Drawer id="chat-model" title={text.title} side="end" isOpen={isOpen} onClose={onClose}>
      <p class="hint">{text.lead(<span class="file">model.tar.gz</span>)}</p>
      <p class="model-now">{text.now(model.value.name)}</p>
      {!isSiteModel(model.value) && (
        <button type="button" id="chat-model-site" onClick={() => take(siteModel.source as string)}>
          {text.own}
        </button>
      )}
      <label class="drop">
        <input
          type="file"
          id="chat-model-file"
          class="visually-hidden"
          onChange={({ currentTarget }) => {
            const [file] = currentTarget.files ?? [];
            if (file) take(file);
          }}
        />
        <span class="drop-title">{text.file}</span>
        <span class="hint">{text.drop}</span>
      </label>
      <form
        class="address"
        onSubmit={(event) => {
          event.preventDefault();
          if (address.value.trim() !== '') take(address.value.trim());
        }}
      >
        <label for="chat-model-url">{text.address}</label>
        <div class="field">
          <input
            type="text"
            id="chat-model-url"
            inputMode="url"
            autocomplete="url"
            autocapitalize="none"
            spellcheck={false}
            placeholder="https://example.org/model.tar.gz"
            value={address.value}
            onInput={({ currentTarget }) => (address.value = currentTarget.value)}
            required
          />
          <button type="submit" class="primary">
            {text.open}
          </button>
        </div>
        <p class="hint">{text.cors}</p>
      </form>
      <p class="hint">{text.begins}</p>
      <CodeExample code={codeOf(model.value.source)} />
    </Drawer>
  );
}

/** The lines that chat with the model in use, which a page may have from an address. */
function codeOf(source: string): string {
  const address = source.startsWith('chat:') ? './model.tar.gz' : source;
  return `import { deploy } from 'inpoint';

const endpoint = await deploy(${inQuotes(address)});
const chat = await endpoint.chat({ durable: 'first' });
for await (const { text } of chat.send('Hello')) {
  document.body.append(text);
}`;
}

function inQuotes(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
