// The page at the door, without a browser: node page.mjs ASSETS KIT CARDS…
//
// Judges our cards (KIT is what `cargo run --example kort` prints) and those that other libraries made, and holds the page
// to having words for every refusal that it knows.
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [assets, kitFile, ...foreign] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'kontroll-'));
// Beside no package.json, only this ending says that they are modules.
const load = async (name) => {
  copyFileSync(join(assets, `${name}.js`), join(folder, `${name}.mjs`));
  return import(pathToFileURL(join(folder, `${name}.mjs`)));
};
const { kontroller } = await load('kort');
const { avslag } = await load('ord');
rmSync(folder, { recursive: true });

const say = (right, whose, name, verdict) => console.log([right ? 'ok' : 'WRONG', whose, name, verdict].join('\t'));
const read = (file) => JSON.parse(readFileSync(file));

const kit = read(kitFile);
for (const { name, presentation, status, expected } of kit.cases) {
  const { issuers, audience, nonce, now } = kit;
  const answer = await kontroller(presentation, { issuers, lists: [status], audience, nonce, now });
  say((answer.kode ?? 'GYLDIG') === expected, 'ours', name, answer.kode ?? answer.sperring);
}
for (const { name, presentation, status, expected, nonce } of kit.papir) {
  const { issuers, audience, now } = kit;
  const answer = await kontroller(presentation, { issuers, lists: [status], audience, nonce, now });
  const right = (answer.kode ?? 'GYLDIG') === expected && (!answer.gyldig || (answer.papir && answer.navn !== undefined));
  say(right, 'ours', name, answer.kode ?? answer.sperring);
}
for (const { made_by: maker, at, issuers, audience, nonce, cases } of foreign.map(read)) {
  const now = Math.floor(Date.parse(at) / 1000);
  for (const { name, presentation, status, expected, navn } of cases) {
    const answer = await kontroller(presentation, { issuers, lists: status, audience, nonce, now });
    const right = (answer.kode ?? 'GYLDIG') === expected && (!answer.gyldig || (answer.navn ?? null) === (navn ?? null));
    say(right, 'theirs', `${name} (${maker.split(' ')[0]})`, answer.kode ?? answer.sperring);
  }
}

const codes = new Set(readFileSync(join(assets, 'kort.js'), 'utf8').match(/(?<=')(KORT|SPERRELISTE)\.[A-Z_]+(?=')/g));
const untold = [...codes].filter((code) => !avslag.nb[code] || !avslag.en[code]);
say(codes.size > 30 && untold.length === 0, 'ours', 'words for every refusal', `${codes.size} codes ${untold.join(' ')}`);
