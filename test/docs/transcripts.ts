import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { taskFolder } from '../task-fixtures.ts';
import { root, type Page } from './pages.ts';

/** What was typed, and what came of it. */
export interface Transcript {
  readonly command: string;
  readonly shown: string;
}

/** The commands of a page's `console` blocks: lines after `$ `, each with what stands below it. */
export function transcriptsOf({ blocks }: Page): Transcript[] {
  return blocks
    .filter(({ language }) => language === 'console')
    .flatMap(({ code }) => code.split(/^\$ /m).slice(1))
    .map((text) => {
      const [command = '', ...lines] = text.trimEnd().split('\n');
      return { command, shown: lines.join('\n') };
    });
}

/** A folder with the models that the page on the command line speaks of. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'inpoint-docs-'));
  const copy = (fixture: string, name: string): void =>
    cpSync(join(taskFolder, fixture), join(folder, name), { recursive: true });
  copy('text-classification--words', 'topics');
  copy('tabular-regression', 'flats');
  copy('tabular-classification--embeddings', 'parcels');
  mkdirSync(join(folder, 'churn/code'), { recursive: true });
  for (const [path, text] of Object.entries(sagemakerFiles)) writeFileSync(join(folder, 'churn', path), text);
  const key = signingKey();
  writeFileSync(join(folder, 'key.pem'), key.export({ format: 'pem', type: 'pkcs8' }));
  writeFileSync(join(folder, 'public.pem'), createPublicKey(key).export({ format: 'pem', type: 'spki' }));
  return folder;
}

/** The key that the pages sign with, the same at all times: that of the first test of RFC 8032, 7.1. */
function signingKey(): KeyObject {
  const seed = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';
  // What PKCS #8 has before the 32 bytes of an Ed25519 key (RFC 8410, 10.3).
  const der = Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex');
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true });
}

/** What a command writes, as it is typed in `folder`. */
export function type(command: string, folder: string): string {
  const inpoint = `inpoint() { "${process.execPath}" "${join(root, 'dist/cli.js')}" "$@"; }`;
  return execFileSync('bash', ['-c', `${inpoint}\n{ ${command}\n} 2>&1`], { cwd: folder, encoding: 'utf8' });
}

/** Whether it is what a page shows, where `…` stands for anything. Sizes change with every field that is added. */
export function isShown(written: string, shown: string): boolean {
  const literal = withoutSizes(shown)
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literal.join('[^]*')}$`).test(withoutSizes(written).replace(/\n+$/, ''));
}

function withoutSizes(text: string): string {
  return text.replace(/ *[\d.,]+ (bytes|[kM]B)\b/g, ' size');
}

const sagemakerFiles: Readonly<Record<string, string>> = {
  'model.joblib': 'x\n',
  'scaler.pkl': 'x\n',
  'code/requirements.txt': 'scikit-learn==1.2.1\npandas\n',
  'code/inference.py': `import joblib, os
import pandas as pd

def model_fn(model_dir):
    return joblib.load(os.path.join(model_dir, "model.joblib")), joblib.load(os.path.join(model_dir, "scaler.pkl"))

def input_fn(body, content_type):
    return pd.DataFrame([body.split(",")], columns=["age", "tenure"])

def predict_fn(row, model):
    return model[0].predict_proba(model[1].transform(row))
`,
};
