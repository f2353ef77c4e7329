// The page round the verdict: files that are kept on this device, text or camera in, an answer that is read at arm's length.
import { kontroller, listName } from './kort.js';
import { avslag, ord } from './ord.js';

const byId = (id) => document.getElementById(id);
const MINUTES_SHOWN = 2;

let sprak = navigator.language.startsWith('en') ? 'en' : 'nb';
let answer = null;
let forget = 0;
let camera = null;

// What is kept is public: keys of issuers and signed lists. Nothing of a card is.
const kept = {
  read(name, otherwise) {
    try { return JSON.parse(localStorage.getItem(`kontroll.${name}`)) ?? otherwise; } catch { return otherwise; }
  },
  write(name, value) {
    try { localStorage.setItem(`kontroll.${name}`, JSON.stringify(value)); } catch { /* kept until the page is closed */ }
  },
};
let issuers = kept.read('utstedere', {});
let lists = kept.read('lister', []);
byId('oppsett').open = Object.keys(issuers).length === 0 || lists.length === 0;
byId('mottaker').value = kept.read('mottaker', '');

const seconds = () => Math.floor(Date.now() / 1000);
const time = (at) => new Intl.DateTimeFormat(sprak === 'nb' ? 'nb-NO' : 'en-GB', {
  timeZone: 'Europe/Oslo', dateStyle: 'short', timeStyle: 'short',
}).format(new Date(at * 1000));
const day = (date) => new Intl.DateTimeFormat(sprak === 'nb' ? 'nb-NO' : 'en-GB', { dateStyle: 'long', timeZone: 'UTC' })
  .format(new Date(date));

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function drawWords() {
  const words = ord[sprak];
  document.documentElement.lang = sprak;
  document.title = words.tittel;
  for (const part of document.querySelectorAll('[data-t]')) part.textContent = words[part.dataset.t];
  if (camera) byId('skann').textContent = words.stopp;
  byId('sprak').textContent = sprak === 'nb' ? 'English' : 'Norsk';
  byId('sprak').lang = sprak === 'nb' ? 'en' : 'nb';
  byId('harvi').textContent = words.harvi(Object.keys(issuers).length, lists.length);
}

function drawAnswer() {
  const part = byId('dom');
  part.replaceChildren();
  part.className = '';
  if (!answer) return;
  const words = ord[sprak];
  if (!answer.gyldig) {
    part.className = 'ugyldig';
    part.append(element('p', `✕ ${words.ugyldig}`, 'dom'), element('p', `${avslag[sprak][answer.kode] ?? ''} (${answer.kode})`));
    return;
  }
  const warned = answer.sperring === 'GAMMEL' || answer.sperring === 'IKKE_KONTROLLERT';
  part.className = warned ? 'forbehold' : 'gyldig';
  part.append(element('p', `✓ ${warned ? words.forbehold : words.gyldig}`, 'dom'));
  const rows = [
    [words.kort, answer.papir && words.paPapir],
    [words.ledsagere, String(answer.antallLedsagere)],
    [words.gyldigTil, answer.varig ? words.varig : day(answer.gyldigTil)],
    [words.navn, answer.navn],
    [words.fodt, answer.fodselsdato && day(answer.fodselsdato)],
    [words.utsteder, answer.utsteder],
    [words.liste, answer.sperrelisteUtstedt && time(answer.sperrelisteUtstedt)],
  ];
  const table = document.createElement('dl');
  for (const [name, value] of rows) if (value) table.append(element('dt', name), element('dd', value));
  part.append(table);
  if (answer.sperring === 'GAMMEL') part.append(element('p', words.gammel));
  if (answer.sperring === 'IKKE_KONTROLLERT') part.append(element('p', words.ikkeKontrollert));
  if (answer.papir) part.append(element('p', words.papir));
  else part.append(element('p', answer.bilde ? words.sebilde : words.utenbilde));
}

function clear() {
  clearTimeout(forget);
  answer = null;
  byId('tekst').value = '';
  drawAnswer();
}

async function check(text) {
  const audience = byId('mottaker').value.trim();
  kept.write('mottaker', audience);
  answer = await kontroller(text, { issuers, lists, audience, now: seconds() });
  byId('tekst').value = '';
  drawAnswer();
  byId('dom').focus();
  clearTimeout(forget);
  forget = setTimeout(clear, MINUTES_SHOWN * 60_000);
}

const say = (text) => { byId('harvi').textContent = text; };

byId('utstedere').addEventListener('change', async ({ target }) => {
  try {
    const read = JSON.parse(await target.files[0].text());
    const sets = Object.values(read);
    if (Array.isArray(read) || sets.length === 0 || !sets.every((set) => Array.isArray(set.keys))) throw new Error('form');
    issuers = read;
    kept.write('utstedere', issuers);
    drawWords();
  } catch {
    say(ord[sprak].ugyldigFil);
  }
});

byId('lister').addEventListener('change', async ({ target }) => {
  const read = await Promise.all([...target.files].map((file) => file.text()));
  if (read.length === 0 || read.some((list) => listName(list) === undefined)) {
    say(ord[sprak].ugyldigListe);
    return;
  }
  lists = read.map((list) => list.trim());
  kept.write('lister', lists);
  drawWords();
});

byId('skjema').addEventListener('submit', (event) => {
  event.preventDefault();
  check(byId('tekst').value);
});
byId('neste').addEventListener('click', () => {
  clear();
  byId('tekst').focus();
});
byId('sprak').addEventListener('click', () => {
  sprak = sprak === 'nb' ? 'en' : 'nb';
  drawWords();
  drawAnswer();
});

function stop() {
  for (const track of camera?.getTracks() ?? []) track.stop();
  camera = null;
  byId('bilde').hidden = true;
  byId('bilde').srcObject = null;
  drawWords();
}

async function scan() {
  clear();
  const detector = new BarcodeDetector({ formats: ['qr_code'] });
  const video = byId('bilde');
  try {
    camera = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment', width: { ideal: 1920 } } });
  } catch {
    say(ord[sprak].ikkeKamera);
    return;
  }
  video.srcObject = camera;
  video.hidden = false;
  drawWords();
  await video.play();
  while (camera) {
    const [code] = await detector.detect(video).catch(() => []);
    if (code?.rawValue) {
      stop();
      await check(code.rawValue);
      return;
    }
    await new Promise((resume) => { setTimeout(resume, 150); });
  }
}

byId('skann').addEventListener('click', () => (camera ? stop() : scan()));
if ('BarcodeDetector' in window && navigator.mediaDevices) {
  BarcodeDetector.getSupportedFormats().then((formats) => { byId('kamera').hidden = !formats.includes('qr_code'); });
}
drawWords();
// Without it, the page still works as long as it stays open.
navigator.serviceWorker?.register('sw.js').catch(() => {});
