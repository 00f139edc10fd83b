import { readFile } from 'node:fs/promises';
import type axeCore from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchChromium } from '../chromium.ts';
import { previewDemo, type DemoServer } from './preview-demo.ts';
import { visit } from './visit.ts';

// The Console as a visitor uses it: a load that comes and goes, a queue that outlives its page, a file in a batch job.

let browser: Browser;
let site: DemoServer;

beforeAll(async () => {
  browser = await launchChromium();
  site = await previewDemo();
});

afterAll(async () => {
  await browser?.close();
  await site?.[Symbol.asyncDispose]();
});

const patient = { timeout: 20_000 };

test('replicas and rates follow the slider, the policy changes under load without an error, and what is too much is throttled', async () => {
  await visit(browser, `${site.url}/#/console/live`, async (page) => {
    const room = page.locator('[data-room="console/live"]');
    await room.locator('.load[data-state=ready]').waitFor();
    await expect.poll(() => now(page, 'Replicas', 'in service'), patient).toBe(1);
    expect(await now(page, 'Invocations a second', 'invocations')).toBe(0);

    const slider = page.getByRole('slider', { name: 'Callers' });
    await slider.focus();
    for (let steps = 0; steps < 6; steps++) await page.keyboard.press('ArrowRight');
    expect(await slider.getAttribute('aria-valuetext')).toBe('32');
    await expect.poll(() => now(page, 'Invocations a second', 'invocations'), patient).toBeGreaterThan(10);
    // Closed loops: there are never more.
    await expect.poll(() => now(page, 'Calls in flight', 'waiting or being answered'), patient).toBe(32);
    const [p50, p90, p99] = await Promise.all(
      ['p50', 'p90', 'p99'].map((name) => now(page, 'Latency, from call to answer', name)),
    );
    expect(p50).toBeGreaterThan(0);
    expect(p90).toBeGreaterThanOrEqual(p50!);
    expect(p99).toBeGreaterThanOrEqual(p90!);
    // On a device with one core, there is no second one.
    const most = await page.getByLabel('Replicas, at most').inputValue();
    await expect.poll(() => now(page, 'Replicas', 'in service'), patient).toBe(Math.min(2, Number(most)));
    expect(await page.getByRole('log').getByRole('listitem').count()).toBeGreaterThanOrEqual(Number(most) > 1 ? 2 : 1);
    expect(await now(page, 'Memory of all models, estimated', 'used')).toBeGreaterThan(50);
    expect(await violations(page)).toEqual([]);

    await page.getByLabel('Replicas, at most').fill('1');
    await page.keyboard.press('Tab');
    await expect.poll(() => page.locator('#console-applied').innerText(), patient).toBe('In force');
    await expect.poll(() => now(page, 'Replicas', 'in service'), patient).toBe(1);
    await expect.poll(() => now(page, 'Replicas', 'at most'), patient).toBe(1);
    await expect.poll(() => now(page, 'Invocations a second', 'invocations'), patient).toBeGreaterThan(10);
    await page.getByText('No call was refused, and none failed.').waitFor();

    await page.getByText('Calls a second', { exact: true }).first().click();
    await page.getByLabel('background').check();
    const rate = page.getByRole('slider', { name: 'Calls a second' });
    await rate.press('End');
    await room.locator('[data-code=throttled]').waitFor(patient);
    expect(await room.locator('[data-code=throttled]').innerText()).toMatch(/EndpointError · throttled\s+× [\d,]+/);
    await page.getByRole('button', { name: 'Stop the load' }).click();
    expect(await rate.getAttribute('aria-valuetext')).toBe('0');
    await expect.poll(() => now(page, 'Calls in flight', 'waiting or being answered'), patient).toBe(0);
  });
});

test('requests outlive a reload, answers wait to be acknowledged, and refused ones are dead letters', async () => {
  await visit(browser, `${site.url}/#/console/queue`, async (page) => {
    await queueReady(page);
    await page.getByRole('button', { name: 'Add 200' }).click();
    await expect.poll(() => tally(page), patient).toMatchObject({ dead: 0 });
    await expect.poll(async () => (await tally(page)).open, patient).toBeGreaterThan(0);
    // All are on the disk, though not all are answered.
    await expect.poll(() => page.getByText('Being kept …').count(), patient).toBe(0);
    await page.reload();
    await queueReady(page);
    await expect.poll(() => tally(page), patient).toEqual({ open: 0, answered: 200, dead: 0 });
    // Each is the penguin that was asked about; one with gaps, as the model itself says.
    const rows = await page.locator('li[data-status=Completed]').allInnerTexts();
    expect(rows.length).toBeGreaterThan(4);
    for (const row of rows) expect(row).toMatch(/^(Adelie|Chinstrap|Gentoo) [\s\S]*\n\1 \d|^An adult with gaps/);

    await page
      .getByRole('button', { name: /^Acknowledge: / })
      .first()
      .click();
    await expect.poll(() => tally(page), patient).toEqual({ open: 0, answered: 199, dead: 0 });
    await page.getByLabel('Penguin', { exact: true }).selectOption('One that the model refuses');
    await page.getByRole('button', { name: 'Add a request' }).click();
    await expect.poll(() => tally(page), patient).toEqual({ open: 0, answered: 199, dead: 1 });
    expect(await page.locator('.console-letter').innerText()).toContain('Atlantis');
    expect(await violations(page)).toEqual([]);

    await page.reload();
    await queueReady(page);
    await expect.poll(() => tally(page), patient).toEqual({ open: 0, answered: 199, dead: 1 });
    await page.getByRole('button', { name: /^Ask again: / }).click();
    await expect.poll(() => page.locator('.console-letter').count(), patient).toBe(1);
    await page.getByRole('button', { name: /^Remove: / }).click();
    await page.getByRole('button', { name: 'Acknowledge all answers' }).click();
    await expect.poll(() => tally(page), patient).toEqual({ open: 0, answered: 0, dead: 0 });
    await page.reload();
    await queueReady(page);
    expect(await tally(page)).toEqual({ open: 0, answered: 0, dead: 0 });
  });
});

test('a CSV is answered row by row: paused, gone on with after a reload, and downloaded', async () => {
  await visit(browser, `${site.url}/#/console/batch`, async (page) => {
    const species = [
      ['Torgersen,female,37.5,18.0,188,3400', 'Adelie'],
      ['Dream,male,51.0,19.2,200,3900', 'Chinstrap'],
      ['Biscoe,male,49.5,15.7,222,5500', 'Gentoo'],
    ] as const;
    const rows = 30_000;
    const refused = 1000;
    const lines = Array.from({ length: rows }, (_, index) =>
      index === refused ? `${index},Atlantis,male,49.5,15.7,222,5500` : `${index},${species[index % 3]![0]}`,
    );
    const header = 'id,island,sex,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g';
    const buffer = Buffer.from([header, ...lines, ''].join('\n'));
    await page.locator('#console-file').setInputFiles({ name: 'may.csv', mimeType: 'text/csv', buffer });
    await page.getByText('Not given to the model: id').waitFor();
    expect(await page.locator('.console-columns [data-found=true]').count()).toBe(6);
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Paused', { exact: true }).waitFor();
    // What is with the model comes to its end; then nothing moves.
    await expect.poll(() => settledRecords(page), patient).toBeGreaterThan(0);
    const before = await settledRecords(page);
    expect(before).toBeLessThan(rows);
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Resume' }).click();
    await expect.poll(() => records(page), patient).toBeGreaterThan(before);
    await page.reload();
    await page.getByText('This job was begun at an earlier visit.', { exact: false }).waitFor();
    expect(await page.locator('.console-file').innerText()).toMatch(/^may\.csv, 1\.\d MB$/);
    await page.getByRole('button', { name: 'Go on' }).click();
    const download = page.getByRole('button', { name: 'Download the output' });
    await download.waitFor(patient);
    expect(await fact(page, 'records')).toBe('30,000');
    expect(await fact(page, 'failed')).toBe('1');
    expect(await violations(page)).toEqual([]);
    const [file] = await Promise.all([page.waitForEvent('download'), download.click()]);
    expect(file.suggestedFilename()).toBe('may.out.jsonl');
    const output = (await readFile(await file.path(), 'utf8')).trimEnd().split('\n');
    expect(output.length).toBe(rows);
    for (const [index, line] of output.entries()) {
      const { id, SageMakerOutput: answer } = JSON.parse(line) as Answered;
      const said = `${id}: ${answer.error?.code ?? answer.labels?.[0]?.label}`;
      const meant = `${index}: ${index === refused ? 'input-invalid' : species[index % 3]![1]}`;
      // One assertion each would take longer than the job.
      if (said !== meant) expect(said).toBe(meant);
    }

    await page.setViewportSize({ width: 320, height: 640 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
    await page.getByRole('button', { name: 'Discard the job' }).click();
    await page.getByRole('button', { name: 'Remove' }).click();
    await page.getByText('Choose a file first.').waitFor();

    // A sample that the page makes, into the other format.
    await page.getByRole('combobox', { name: 'A sample, made in this page' }).selectOption('1,000 rows');
    await page.getByRole('button', { name: 'Use the sample' }).click();
    await page.getByText(/^penguins-1000\.csv, /).waitFor();
    await page.getByLabel('Format').selectOption('CSV');
    await page.getByLabel('Rows that have no answer').selectOption('left out');
    await page.getByLabel('Each answer beside its row').uncheck();
    await page.getByRole('button', { name: 'Start' }).click();
    await download.waitFor(patient);
    const [table] = await Promise.all([page.waitForEvent('download'), download.click()]);
    const [names, ...answers] = (await readFile(await table.path(), 'utf8')).trimEnd().split(/\r?\n/);
    expect(names).toBe('label,score');
    expect(answers.length).toBe(1000);
    expect(answers.filter((answer) => !/^(Adelie|Chinstrap|Gentoo),[\d.e-]+$/.test(answer))).toEqual([]);
  });
});

test('what is below the least or above the most takes the other along', async () => {
  await visit(browser, `${site.url}/#/console/live`, async (page) => {
    await page.locator('[data-room="console/live"] .load[data-state=ready]').waitFor();
    const [least, most] = [page.getByLabel('Replicas, at least'), page.getByLabel('Replicas, at most')];
    await most.fill('3');
    await least.fill('3');
    await most.fill('1');
    await page.keyboard.press('Tab');
    expect([await least.inputValue(), await most.inputValue()]).toEqual(['1', '1']);
    await least.fill('2');
    await page.keyboard.press('Tab');
    expect([await least.inputValue(), await most.inputValue()]).toEqual(['2', '2']);
    await expect.poll(() => page.locator('#console-applied').innerText(), patient).toBe('In force');
  });
});

test('a failed job says which file and row it was, and begins anew with other options', async () => {
  await visit(browser, `${site.url}/#/console/batch`, async (page) => {
    await chooseRows(page, 'june.csv', 3000, 2500);
    await page.getByLabel('Rows that have no answer').selectOption('end the job');
    await page.getByRole('button', { name: 'Start' }).press('Enter');
    await page.locator('[data-job=failed]').waitFor(patient);
    expect(await page.getByRole('alert').innerText()).toContain('Record 2501 of "june.csv"');
    await page.getByLabel('Rows that have no answer').selectOption('left out');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('[data-job=done]').waitFor(patient);
    expect([await fact(page, 'records'), await fact(page, 'failed')]).toEqual(['3,000', '1']);
  });
});

test('a file that is chosen while a job starts takes its place', async () => {
  await visit(browser, `${site.url}/#/console/batch`, async (page) => {
    await chooseRows(page, 'first.csv', 60_000);
    await page.getByRole('button', { name: 'Start' }).click();
    await chooseRows(page, 'second.csv', 3);
    // What was being started comes to its end unseen.
    await page.waitForTimeout(1500);
    expect(await page.locator('[data-job]').getAttribute('data-job')).toBe('chosen');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.locator('[data-job=done]').waitFor(patient);
    expect(await page.locator('.console-file').innerText()).toMatch(/^second\.csv/);
    expect(await fact(page, 'records')).toBe('3');
    expect(await page.getByRole('alert').count()).toBe(0);
  });
});

test('the console is worked by keyboard, and the focus is never lost', async () => {
  await visit(browser, `${site.url}/#/console/batch`, async (page) => {
    const focused = page.locator('*:focus');
    await chooseRows(page, 'july.csv', 30_000);
    await page.getByRole('button', { name: 'Start' }).press('Enter');
    await page.locator('[data-job=running]').waitFor(patient);
    expect(await focused.innerText()).toBe('Pause');
    await focused.press('Enter');
    expect(await focused.innerText()).toBe('Resume');
    await focused.press('Enter');
    await page.locator('[data-job=done]').waitFor(patient);
    expect(await focused.innerText()).toMatch(/^Download the output/);

    await page.goto(`${site.url}/#/console/queue`);
    await queueReady(page);
    await page.getByRole('button', { name: 'Add a request' }).click();
    await page.getByRole('button', { name: 'Add a request' }).click();
    await expect.poll(() => tally(page), patient).toEqual({ open: 0, answered: 2, dead: 0 });
    await page
      .getByRole('button', { name: /^Acknowledge: / })
      .first()
      .press('Enter');
    await expect.poll(() => tally(page), patient).toEqual({ open: 0, answered: 1, dead: 0 });
    expect(await focused.getAttribute('aria-label')).toMatch(/^Acknowledge: /);
    await focused.press('Enter');
    await expect.poll(() => tally(page), patient).toEqual({ open: 0, answered: 0, dead: 0 });
    expect(await focused.innerText()).toBe('Requests');
  });
});

interface Answered {
  readonly id: string;
  readonly SageMakerOutput: {
    readonly labels?: readonly { readonly label: string }[];
    readonly error?: { readonly code: string };
  };
}

/** What a line of a chart says that it is now; NaN before anything was measured. */
async function now(page: Page, chart: string, line: string): Promise<number> {
  const item = page
    .locator('.time-chart')
    .filter({ has: page.getByRole('heading', { name: chart, exact: true }) })
    .locator('li')
    .filter({ hasText: line })
    .locator('b');
  return Number.parseFloat((await item.innerText()).replace(',', ''));
}

async function queueReady(page: Page): Promise<void> {
  await page.locator('[data-room="console/queue"] .load[data-state=ready]').waitFor();
}

function tally(page: Page): Promise<Record<string, number>> {
  return page
    .locator('[data-tally]')
    .evaluateAll((all) =>
      Object.fromEntries(all.map((one) => [one.getAttribute('data-tally')!, Number(one.textContent.replace(',', ''))])),
    );
}

/** Chooses a CSV of so many rows, one of which the model may be unable to answer. */
async function chooseRows(page: Page, name: string, rows: number, refused?: number): Promise<void> {
  const lines = Array.from(
    { length: rows },
    (_, index) => `${index === refused ? 'Atlantis' : 'Biscoe'},male,49.5,15.7,222,5500`,
  );
  const header = 'island,sex,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g';
  const buffer = Buffer.from([header, ...lines, ''].join('\n'));
  await page.locator('#console-file').setInputFiles({ name, mimeType: 'text/csv', buffer });
  await page.getByText(`${name}, `).waitFor();
}

function fact(page: Page, name: string): Promise<string> {
  return page.locator(`[data-fact=${name}] dd`).innerText();
}

async function records(page: Page): Promise<number> {
  return Number((await fact(page, 'records')).replace(',', ''));
}

/** Records of a job that does not go on: -1 as long as it does. */
async function settledRecords(page: Page): Promise<number> {
  const before = await records(page);
  await page.waitForTimeout(300);
  return (await records(page)) === before ? before : -1;
}

/** What axe finds on the page as it is. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(await readFile(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8'));
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof axeCore };
    const found = await axe.run();
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
}
