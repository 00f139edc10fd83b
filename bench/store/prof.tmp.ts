import { launchProfile } from '../../test/chromium.ts';
import { serve } from '../../test/serve.ts';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
const folder = join(tmpdir(), 'inpoint-bench-store');
await using site = await serve(folder, { headers: {'cache-control':'no-cache','cross-origin-opener-policy':'same-origin','cross-origin-embedder-policy':'require-corp'} });
await using browser = await launchProfile();
const page = await browser.context.newPage();
const cdp = await browser.context.newCDPSession(page);
await page.goto(`${site.url}/page/page.html`);
await page.waitForFunction(() => document.title === 'ready');
const archive = process.argv[2] ?? 'packed-100.tar.gz';
await page.evaluate(async (a) => { await globalThis.scenarios.opened('../'+a, {}); await globalThis.clear(); }, archive);
// attach to workers
const sessions = new Map();
cdp.on('Target.attachedToTarget', async (e) => {
  const send = (method, params={}) => cdp.send('Target.sendMessageToTarget', { sessionId: e.sessionId, message: JSON.stringify({ id: ++n, method, params }) });
  sessions.set(e.sessionId, send);
  await send('Profiler.enable'); await send('Profiler.setSamplingInterval', {interval: 500}); await send('Profiler.start');
  await send('Runtime.runIfWaitingForDebugger');
});
let n = 0; let got;
const profile = new Promise(r => got = r);
cdp.on('Target.receivedMessageFromTarget', (e) => { const m = JSON.parse(e.message); if (m.result?.profile) got(m.result.profile); });
await cdp.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: true, flatten: false });
const run = page.evaluate(async (a) => {
  const keep = globalThis.scenarios.hold?.(); 
  const r = await globalThis.scenarios.opened('../'+a, {});
  return r.ms; }, archive);
// stop shortly before the end
setTimeout(async () => { for (const s of sessions.values()) await s('Profiler.stop').catch(() => {}); }, Number(process.argv[3] ?? 800));
const p = await profile;
console.log('ms', await run);
const self = new Map(); const dt = p.timeDeltas; const byId = new Map(p.nodes.map(x => [x.id, x]));
p.samples.forEach((id, i) => { const f = byId.get(id).callFrame; const k = f.functionName + ' ' + f.url.split('/').pop() + ':' + f.lineNumber; self.set(k, (self.get(k) ?? 0) + dt[i] / 1000); });
for (const [k, v] of [...self].sort((a, b) => b[1] - a[1]).slice(0, 22)) console.log(v.toFixed(0), k);
