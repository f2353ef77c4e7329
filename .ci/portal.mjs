// Looks at a demo's portal in a real browser: node portal.mjs FOLDER_OF_NODE_MODULES ADDRESS [STEPS]
// Every page, in both languages, both colour schemes and three widths: no finding of axe-core, nothing in the console, no
// call to another host, nothing that has to be scrolled sideways. Then the keyboard alone, from the skip link to a
// delivered report. What the page tells a newcomer to type is written to STEPS, without the first step: the demo runs.
import { createRequire } from 'node:module';
import { readFileSync, writeFileSync } from 'node:fs';

const [modules, base, steps] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const documents = ['bekymringsmelding-v1', 'bekymringsmelding-v2', 'print-v1', 'fiksio-manuell-v1',
  'bekymringsmelding-svarinn-mottak-v1', 'ledsagerbevis-v1', 'ledsagerbevis-konfigurasjon-v1'];
const paths = ['/', '/feilkoder', '/endringer/bekymringsmelding', ...documents.map((name) => `/docs/${name}`)];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
const findings = [];
const counts = { pages: 0, rules: 0, stops: 0 };
const check = (holds, what) => { if (!holds) findings.push(what); };

async function open(path, settings, label) {
  const context = await browser.newContext(settings);
  const page = await context.newPage();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) findings.push(`${label}: console: ${message.text()}`);
  });
  page.on('pageerror', (error) => findings.push(`${label}: ${error.message}`));
  page.on('request', (request) => check(request.url().startsWith(base) || request.url().startsWith('data:'),
    `${label}: asks ${request.url()}`));
  await page.goto(base + path, { waitUntil: 'networkidle' });
  if (path.startsWith('/docs/')) await page.waitForSelector('.opblock');
  return page;
}

async function audit(page, label) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  check(wide <= 0, `${label}: ${wide} px too wide`);
  await page.evaluate(axe);
  const result = await page.evaluate(() => window.axe.run());
  counts.pages += 1;
  counts.rules += result.passes.length;
  for (const { id, nodes } of result.violations) findings.push(`${label}: axe ${id}: ${nodes[0].html.slice(0, 120)}`);
}

const looks = [['nb', 'light', 1280], ['en', 'light', 320], ['en', 'dark', 1280], ['nb', 'dark', 640]];
for (const path of paths) {
  // Swagger UI has one colour scheme.
  for (const [lang, colorScheme, width] of path.startsWith('/docs/') ? looks.slice(0, 2) : looks) {
    const label = `${path} ${lang} ${colorScheme} ${width}`;
    const page = await open(`${path}?lang=${lang}`, { viewport: { width, height: 900 }, colorScheme }, label);
    check(await page.getAttribute('html', 'lang') === lang, `${label}: lang`);
    await audit(page, label);
    await page.context().close();
  }
}

// All that is to be read is there without a script.
{
  const page = await open('/', { javaScriptEnabled: false, viewport: { width: 1280, height: 900 } }, 'no script');
  for (const id of ['tjenester', 'kom-i-gang', 'token', 'skjemaer', 'feil']) {
    check(await page.isVisible(`#${id}`), `no script: #${id} cannot be seen`);
  }
  const typed = await page.$$eval('[aria-labelledby=kom-i-gang] .steg pre', (all) => all.map((one) => one.textContent));
  if (steps) writeFileSync(steps, `${typed.slice(1).join('\n')}\n`);
  await page.context().close();
}

// The keyboard: every stop shows that it has the focus, and the sandbox can be tried.
{
  const page = await open('/?lang=nb', { viewport: { width: 1280, height: 900 } }, 'keyboard');
  await page.keyboard.press('Tab');
  check(await page.evaluate(() => document.activeElement.className) === 'hopp', 'keyboard: the skip link is not first');
  await page.keyboard.press('Enter');
  check(await page.evaluate(() => document.activeElement.id) === 'innhold', 'keyboard: the skip link does not skip');
  const tried = [];
  for (;;) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(() => {
      const element = document.activeElement;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      const step = element.matches('button') ? element.closest('[data-kall]')?.dataset.kall : undefined;
      return { end: element === document.body, seen: outlineStyle !== 'none' && outlineWidth !== '0px', step,
        what: element.outerHTML.slice(0, 80) };
    });
    if (stop.end) break;
    counts.stops += 1;
    check(stop.seen, `keyboard: no focus to be seen on ${stop.what}`);
    if (stop.step) {
      tried.push(stop.step);
      await page.keyboard.press('Enter');
      await page.waitForSelector(`[data-kall=${stop.step}] .utfall:is(.gikk, .feilet)`, { timeout: 30000 });
      const said = await page.textContent(`[data-kall=${stop.step}] .utfall`);
      check(await page.isVisible(`[data-kall=${stop.step}] .gikk`), `keyboard: ${stop.step}: ${said}`);
    }
  }
  check(tried.join() === 'token,bydeler,nokler,send,status,ko,kvitter', `keyboard: steps: ${tried}`);
  await page.click('[data-kall=status] button');
  await page.waitForFunction(() => document.querySelector('[data-kall=status] pre').textContent.includes('LEVERT'));
  await audit(page, 'after trying');
  await page.context().close();
}

// Swagger UI is logged in as the sandbox' school, and a call from it is answered.
{
  const page = await open('/docs/bekymringsmelding-v2', { viewport: { width: 1280, height: 900 } }, 'Swagger UI');
  await page.waitForSelector('.btn.authorize.locked');
  await page.click('[id$=-getKommuner] .opblock-summary-control');
  await page.click('[id$=-getKommuner] .try-out__btn');
  await page.click('[id$=-getKommuner] .execute');
  const status = await page.waitForSelector('[id$=-getKommuner] .live-responses-table tbody .response-col_status');
  check((await status.textContent()).startsWith('200'), `Swagger UI: getKommuner: ${await status.textContent()}`);
  await audit(page, 'Swagger UI, after a call');
  await page.context().close();
}

await browser.close();
for (const finding of new Set(findings)) console.log(finding);
console.log(`portal: ${counts.pages} pages looked at, ${counts.rules} rules of axe-core ${axe.match(/axe v([\d.]+)/)?.[1]} held, `
  + `${counts.stops} stops of the keyboard, ${new Set(findings).size} findings`);
process.exitCode = findings.length ? 1 : 0;
