// The page at the door in a real browser: node browser.mjs FOLDER_OF_NODE_MODULES ASSETS KIT
//
// KIT is what `cargo run --example kort` prints. Both languages, both colour schemes, three widths: no finding of axe-core,
// nothing in the console, nothing too wide. Then, with the network gone: files in, a card pasted, the verdict by keyboard; and
// with the server gone: the page opens again, with its files, and judges.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { existsSync, readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';

const [modules, assets, kitFile] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const kit = JSON.parse(readFileSync(kitFile));

const types = { '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.js': 'text/javascript' };
const server = createServer((request, response) => {
  const file = join(assets, basename(request.url));
  if (!existsSync(file) || !types[extname(file)]) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'Content-Type': types[extname(file)], 'Cache-Control': 'no-store' }).end(readFileSync(file));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const base = `http://127.0.0.1:${server.address().port}`;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
const findings = [];
const counts = { looks: 0, rules: 0, verdicts: 0 };
const check = (holds, what) => { if (!holds) findings.push(what); };

async function open(settings, label) {
  const context = await browser.newContext(settings);
  // The code is two minutes old at most, however slow the machine.
  await context.clock.setFixedTime(new Date(kit.now * 1000));
  const page = await context.newPage();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) findings.push(`${label}: console: ${message.text()}`);
  });
  page.on('pageerror', (error) => findings.push(`${label}: ${error.message}`));
  page.on('request', (request) => check(request.url().startsWith(base) || request.url().startsWith('data:'),
    `${label}: asks ${request.url()}`));
  await page.goto(`${base}/kontroll.html`, { waitUntil: 'networkidle' });
  return page;
}

async function audit(page, label) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  check(wide <= 0, `${label}: ${wide} px too wide`);
  await page.evaluate(axe);
  const result = await page.evaluate(() => window.axe.run());
  counts.looks += 1;
  counts.rules += result.passes.length;
  for (const { id, nodes } of result.violations) findings.push(`${label}: axe ${id}: ${nodes[0].html.slice(0, 120)}`);
}

const files = (name, texts) => texts.map((text, at) => ({ name: `${at}-${name}`, mimeType: 'text/plain', buffer: Buffer.from(text) }));
const lookup = (name) => kit.cases.find((one) => one.name === name);

const looks = [['nb-NO', 'light', 1280], ['en-GB', 'light', 320], ['en-GB', 'dark', 1280], ['nb-NO', 'dark', 640]];
for (const [locale, colorScheme, width] of looks) {
  const label = `${locale} ${colorScheme} ${width}`;
  const page = await open({ locale, colorScheme, viewport: { width, height: 900 } }, label);
  const words = locale === 'nb-NO'
    ? { lang: 'nb', good: '✓ GYLDIG', bad: '✕ IKKE GYLDIG', unsure: 'så langt vi vet' }
    : { lang: 'en', good: '✓ VALID', bad: '✕ NOT VALID', unsure: 'as far as we know' };
  check(await page.getAttribute('html', 'lang') === words.lang, `${label}: lang`);
  await audit(page, label);
  await page.context().setOffline(true);
  await page.setInputFiles('#utstedere', files('issuers.json', [JSON.stringify(kit.issuers)]));
  await page.fill('#mottaker', kit.audience);
  const shown = async (one) => {
    await page.fill('#tekst', one.presentation);
    await page.press('#tekst', 'Tab');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#dom .dom');
    counts.verdicts += 1;
    return page.innerText('#dom');
  };
  const good = lookup('one claim is shown');
  check((await shown(good)).includes(words.unsure), `${label}: no list`);
  await audit(page, `${label} with a warning`);
  await page.click('#neste');
  await page.setInputFiles('#lister', files('status.jwt', [good.status]));
  await page.waitForFunction(() => localStorage.getItem('kontroll.lister')?.length > 10);
  const text = await shown(good);
  check(text.startsWith(words.good) && text.includes('Kari Fiktiv Testesen'), `${label}: valid: ${text}`);
  check(await page.inputValue('#tekst') === '', `${label}: the text stays`);
  await audit(page, `${label} valid`);
  await page.click('#neste');
  check(await page.innerText('#dom') === '', `${label}: the verdict stays`);
  check((await shown(lookup("another holder's key"))).startsWith(words.bad), `${label}: another holder`);
  await audit(page, `${label} refused`);
  await page.click('#neste');
  await page.setInputFiles('#lister', files('status.jwt', [lookup('revoked').status]));
  await page.waitForFunction((list) => localStorage.getItem('kontroll.lister')?.includes(list), lookup('revoked').status);
  check((await shown(good)).includes('SPERRELISTE.TRUKKET'), `${label}: revoked`);
  const stored = await page.evaluate(() => JSON.stringify(localStorage));
  check(!stored.includes('Kari') && !stored.includes(good.presentation.slice(0, 200)), `${label}: a card is kept`);
  await page.click('#sprak');
  check(await page.getAttribute('html', 'lang') !== words.lang, `${label}: the other language`);
  await page.context().close();
}

// In the mountains: loaded in the valley, opened again at the cabin.
const page = await open({ locale: 'nb-NO' }, 'without a server');
await page.setInputFiles('#utstedere', files('issuers.json', [JSON.stringify(kit.issuers)]));
await page.waitForFunction(() => localStorage.getItem('kontroll.utstedere')?.length > 10);
await page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));
server.close();
server.closeAllConnections();
await page.reload();
await page.fill('#tekst', lookup('no claim is shown').presentation);
await page.click('button[type=submit]');
await page.waitForSelector('#dom .dom');
check((await page.innerText('#dom')).includes('så langt vi vet'), 'without a server: no verdict');
counts.verdicts += 1;
await browser.close();
for (const finding of findings) console.log(finding);
console.log(`${counts.looks} looks, ${counts.rules} rules of axe-core held, ${counts.verdicts} verdicts without a network, ${findings.length} findings`);
process.exit(findings.length === 0 ? 0 : 1);
