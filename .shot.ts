import { serve, isolation } from './test/serve.ts';
import { chromium } from 'playwright-core';
import { findChromium } from './scripts/find-chromium.mjs';
const site = await serve(process.env.DEMO ?? '/tmp/ci/main/dist-demo', { headers: { ...isolation } });
const b = await chromium.launch({ executablePath: findChromium(), args:['--no-sandbox'] });
for (const [w,h,scheme] of [[1280,900,'light'],[390,844,'dark']] as const) {
  const c = await b.newContext({ viewport:{width:w,height:h}, colorScheme: scheme });
  const p = await c.newPage();
  p.on('console', m => { if (m.type()==='error') console.log('console', m.text()); });
  await p.goto(site.url + '/');
  for (const r of (process.env.ROOMS ?? 'live,queue,batch').split(',')) {
    await p.goto(site.url + '/#/' + (['live','queue','batch'].includes(r) ? 'console/' + r : r)); await p.waitForTimeout(2500);
    if (r === 'live') { const s = p.getByRole('slider',{name:'Callers'}); await s.focus(); for (let i=0;i<5;i++) await p.keyboard.press('ArrowRight'); await p.waitForTimeout(9000); }
    if (r === 'queue') { console.log((await p.getByRole('button').allInnerTexts()).join('|')); }
    if (r === 'batch') { console.log((await p.getByRole('button').allInnerTexts()).join('|')); }
    await p.screenshot({ path: `/tmp/work/c-${r}-${w}.png`, fullPage: true });
    console.log(r, w, await p.evaluate(() => document.documentElement.scrollWidth));
  }
  await c.close();
}
await b.close(); process.exit();
