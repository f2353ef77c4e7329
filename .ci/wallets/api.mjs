// A wallet in JavaScript (@sd-jwt) against a running gateway: node api.mjs MODULES KIT
//
// KIT is the folder that `meldeport demo --kit` wrote, with that demo running. The wallet makes the key, the proof and the
// presentations itself; the library judges the gateway's card and status list. A line for each case goes to standard output.
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';

const [modules, folder] = process.argv.slice(2);
const load = createRequire(`${modules}/package.json`);
const { SDJwtVcInstance } = load('@sd-jwt/sd-jwt-vc');
const { ES256, digest, generateSalt } = load('@sd-jwt/crypto-nodejs');

const kit = JSON.parse(readFileSync(`${folder}/kit.json`));
const { baseUrl, kommune, ledsagerbevis } = kit;
// Not the person of the demo's own act, who cannot have another code so soon, nor that of the other wallet.
const person = ledsagerbevis.personer[2];
const cases = `${baseUrl}/digitalt-ledsagerbevis/api/v1/organisasjoner/${kommune.fiksOrgId}/ledsagerbevis`;
const citizens = `${baseUrl}/digitalt-ledsagerbevis/innbygger/api/v1`;
const audience = 'https://kino.example';
const nonce = 'en-utfordring';
const now = () => Math.floor(Date.now() / 1000);

async function ask(url, { method = 'GET', body, headers = {} } = {}) {
  const json = body && { 'Content-Type': 'application/json' };
  const answer = await fetch(url, { method, body: body && JSON.stringify(body), headers: { ...headers, ...json } });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status} ${text}`);
  return /^[{[]/.test(text) ? JSON.parse(text) : text;
}

const { access_token } = await ask(`${baseUrl}/prov/token/kommune`, { method: 'POST' });
const worker = {
  Authorization: `Bearer ${access_token}`,
  IntegrasjonId: kommune.integrasjonId,
  IntegrasjonPassord: kommune.integrasjonPassord,
};
const issued = await ask(cases, { method: 'POST', headers: worker, body: { eier: person, antallLedsagere: 1, varig: true } });

async function code() {
  for (let tries = 0; tries < 100; tries += 1) {
    for (const file of readdirSync(ledsagerbevis.smsmappe).filter((name) => name.endsWith('.json'))) {
      const { til, tekst } = JSON.parse(readFileSync(`${ledsagerbevis.smsmappe}/${file}`));
      if (til.endsWith(person.telefonnummer) && tekst.startsWith('Koden din')) return tekst.match(/[0-9]{6}/)[0];
    }
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error('no text message came');
}

await ask(`${citizens}/${person.telefonnummer}`, { method: 'POST' });
const login = { otp: await code(), telefonnummer: person.telefonnummer };
const { token } = await ask(`${citizens}/token`, { method: 'POST', body: login });
const citizen = { Authorization: `Bearer ${token}` };
const metadata = await ask(`${baseUrl}/.well-known/jwt-vc-issuer`);
const [holder, other] = [await ES256.generateKeyPair(), await ES256.generateKeyPair()];
const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

// The card, for a proof that another library signed.
async function fetchCard(keys, challenge) {
  const { kty, crv, x, y } = keys.publicKey;
  const header = encode({ typ: 'openid4vci-proof+jwt', alg: 'ES256', jwk: { kty, crv, x, y } });
  const signed = `${header}.${encode({ aud: metadata.issuer, iat: now(), nonce: challenge })}`;
  const innehaverbevis = `${signed}.${await (await ES256.getSigner(keys.privateKey))(signed)}`;
  const path = `${citizens}/ledsagerbevis/${issued.id}/kort`;
  return (await ask(path, { method: 'POST', headers: citizen, body: { innehaverbevis } })).kort;
}

const challenge = async () => (await ask(`${citizens}/kort/engangsverdi`, { method: 'POST', headers: citizen })).engangsverdi;
const first = await challenge();
const card = await fetchCard(holder, first);

async function instance(keys, status) {
  return new SDJwtVcInstance({
    verifier: await ES256.getVerifier(metadata.jwks.keys[0]),
    hasher: digest,
    hashAlg: 'sha-256',
    saltGenerator: generateSalt,
    kbSigner: await ES256.getSigner(keys.privateKey),
    kbSignAlg: 'ES256',
    kbVerifier: async (data, signature, payload) => (await ES256.getVerifier(payload.cnf.jwk))(data, signature),
    // From the gateway, unless a list was kept.
    statusListFetcher: async (uri) => status ?? ask(uri),
    // The kind of card, from its own address.
    loadTypeMetadataFormat: true,
    vctFetcher: async (uri) => ask(uri),
  });
}

async function present(frame, keys = holder, given = nonce) {
  return (await instance(keys)).present(card, frame, { kb: { payload: { iat: now(), aud: audience, nonce: given } } });
}

async function judged(name, accept, presentation, { status, currentDate } = {}) {
  let accepted = true;
  let said = 'accepted';
  try {
    const options = { keyBindingNonce: nonce, ...(currentDate && { currentDate }) };
    const { payload, kb } = await (await instance(holder, status)).verify(presentation, options);
    if (kb.payload.aud !== audience || payload.vct !== `${metadata.issuer}/ledsagerbevis/v1` || !payload.varig) throw new Error('content');
    if (name === 'one claim is shown' && (payload.navn !== person.navn || 'fodselsnummer' in payload)) throw new Error('claims');
  } catch (error) {
    accepted = false;
    said = `refused: ${error.message.split('\n')[0]}`;
  }
  console.log([accepted === accept ? 'ok' : 'WRONG', 'ours', `live: ${name}`, said].join('\t'));
}

async function refused(name, keys, given) {
  const said = await fetchCard(keys, given).then(() => 'accepted', (error) => `refused: ${error.message.slice(0, 60)}`);
  console.log([said.startsWith('refused: 400') ? 'ok' : 'WRONG', 'ours', `live: ${name}`, said].join('\t'));
}

const altered = (text, at) => text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
const uri = JSON.parse(Buffer.from(card.split('.')[1], 'base64url')).status.status_list.uri;
const before = await ask(uri);
const good = await present({ navn: true });
await judged('one claim is shown', true, good);
await judged('no claim is shown', true, await present({}));
await judged('altered card', false, altered(good, good.indexOf('~') - 40));
await judged('altered list', false, good, { status: altered(before, before.length - 40) });
await judged('another phone', false, await present({}, other));
await judged('another challenge', false, await present({}, holder, 'en annen'));
await judged('after the copy ran out', false, good, { currentDate: now() + 31 * 86400 });
await refused('a challenge that was answered', holder, first);
await refused('a challenge that nobody gave', holder, 'x'.repeat(75));
await ask(`${cases}/${issued.id}`, { method: 'PATCH', headers: worker, body: { revokertGrunn: 'Utstedt ved en feil.' } });
await judged('revoked, with the list from before', true, good, { status: before });
await judged('revoked', false, good);
