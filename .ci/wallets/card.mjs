// The cards in JavaScript (@sd-jwt): judges ours, and makes some for us to judge.
//
//     node card.mjs MODULES KIT OUT
//
// KIT is what `cargo run --example kort` prints. A line for each case goes to standard output, OUT gets the cards made here.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [modules, kitFile, out] = process.argv.slice(2);
const load = createRequire(`${modules}/package.json`);
const { SDJwtVcInstance } = load('@sd-jwt/sd-jwt-vc');
const { StatusList, createHeaderAndPayload } = load('@sd-jwt/jwt-status-list');
const { ES256, digest, generateSalt } = load('@sd-jwt/crypto-nodejs');
const { Jwt } = load('@sd-jwt/core');

const kit = JSON.parse(readFileSync(kitFile));
const now = () => Math.floor(Date.now() / 1000);
const issuerKey = kit.issuers[kit.issuer].keys[0];
const issuerSigner = await ES256.getSigner(kit.issuerKey);

// An instance with this holder's key and this status list at hand.
async function instance(holderKey, status) {
  return new SDJwtVcInstance({
    signer: issuerSigner,
    signAlg: 'ES256',
    verifier: await ES256.getVerifier(issuerKey),
    hasher: digest,
    hashAlg: 'sha-256',
    saltGenerator: generateSalt,
    kbSigner: await ES256.getSigner(holderKey),
    kbSignAlg: 'ES256',
    kbVerifier: async (data, signature, payload) => (await ES256.getVerifier(payload.cnf.jwk))(data, signature),
    statusListFetcher: async (uri) => {
      if (uri !== kit.list) throw new Error('another list');
      return status;
    },
  });
}

// Ours, judged there.
for (const { name, presentation, status, expected, foreign } of kit.cases) {
  if (!foreign) continue;
  const accept = expected === 'GYLDIG';
  let accepted = true;
  let why = '';
  try {
    const { payload, kb } = await (await instance(kit.holderKey, status)).verify(presentation, { keyBindingNonce: kit.nonce });
    if (kb.payload.aud !== kit.audience || payload.vct !== kit.vct || payload.antallLedsagere !== 1) throw new Error('content');
    if (name === 'one claim is shown' && (payload.navn !== 'Kari Fiktiv Testesen' || 'fodselsnummer' in payload)) throw new Error('claims');
    if (name === 'every claim is shown' && payload.fodselsnummer !== '17829299968') throw new Error('claims');
  } catch (error) {
    accepted = false;
    why = error.message;
  }
  console.log([accepted === accept ? 'ok' : 'WRONG', 'ours', name, accepted ? 'accepted' : `refused: ${why}`].join('\t'));
}

// Theirs, for us to judge.
const publicKey = ({ kty, crv, x, y }) => ({ kty, crv, x, y });

async function issue(exp, place = 7) {
  const claims = {
    iss: kit.issuer,
    vct: kit.vct,
    iat: exp - 86400,
    exp,
    cnf: { jwk: publicKey(kit.holderKey) },
    status: { status_list: { idx: place, uri: kit.list } },
    antallLedsagere: 2,
    gyldigTil: '2099-12-31',
    navn: 'Ola Fiktiv Testesen',
    fodselsdato: '1980-01-02',
  };
  const frame = { _sd: ['navn', 'fodselsdato'], _sd_decoy: 2 };
  return (await instance(kit.holderKey)).issue(claims, frame, { header: { kid: kit.issuerKey.kid } });
}

async function present(card, frame, holderKey = kit.holderKey, nonce = kit.nonce) {
  const kb = { payload: { iat: now(), aud: kit.audience, nonce } };
  return (await instance(holderKey)).present(card, frame, { kb });
}

async function list(revoked, bits = 1, iat = now()) {
  const entries = new Array(64).fill(0);
  for (const place of revoked) entries[place] = 1;
  const { header, payload } = createHeaderAndPayload(
    new StatusList(entries, bits),
    { sub: kit.list, iss: kit.issuer, iat, exp: iat + 3600, ttl: 600 },
    { alg: 'ES256', typ: 'statuslist+jwt', kid: kit.issuerKey.kid },
  );
  return new Jwt({ header, payload }).sign(issuerSigner);
}

const altered = (text, at) => text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
// The name in a disclosure is another one.
const renamed = (presentation) => {
  const parts = presentation.split('~');
  const text = Buffer.from(parts[1], 'base64url').toString().replace('Ola', 'Ole');
  return [parts[0], Buffer.from(text).toString('base64url'), ...parts.slice(2)].join('~');
};
const card = await issue(now() + 3600);
const good = await present(card, { navn: true });
const fresh = await list([3, 5]);
const made = (name, presentation, expected, status = [fresh], navn) => ({ name, presentation, status, expected, navn });
const cases = [
  made('one claim is shown', good, 'GYLDIG', [fresh], 'Ola Fiktiv Testesen'),
  made('no claim is shown', await present(card, {}), 'GYLDIG'),
  made('our card, shown by their wallet', await present(kit.card, { navn: true }), 'GYLDIG', [], 'Kari Fiktiv Testesen'),
  made('altered signature', altered(good, good.indexOf('~') - 40), 'KORT.SIGNATUR'),
  made('altered disclosure', renamed(good), 'KORT.UKJENT_OPPLYSNING'),
  made('no key binding', good.slice(0, good.lastIndexOf('~') + 1), 'KORT.IKKE_BUNDET'),
  made("another holder's key", await present(card, { navn: true }, kit.otherKey), 'KORT.FEIL_INNEHAVER'),
  made('another nonce', await present(card, {}, kit.holderKey, 'en annen'), 'KORT.FEIL_UTFORDRING'),
  made('expired card', await present(await issue(now() - 60), {}), 'KORT.UTLOPT'),
  made('revoked', good, 'SPERRELISTE.TRUKKET', [await list([7])]),
  made('revoked, in two bits', good, 'SPERRELISTE.TRUKKET', [await list([7], 2)]),
  made('expired status list', good, 'SPERRELISTE.UTLOPT', [await list([], 1, now() - 7200)]),
];
const { issuers, audience, nonce } = kit;
const at = new Date().toISOString();
writeFileSync(out, JSON.stringify({ made_by: '@sd-jwt/sd-jwt-vc 0.19.0', at, issuers, audience, nonce, cases }, null, 1));
