// The verdict on a companion card, with nothing but WebCrypto: SD-JWT VC (RFC 9901) and Token Status List. The same checks,
// in the same order and with the same codes as `meldeport card verify`; both are held to the same cards.

const BYTES_MAX = 64 * 1024;
const DISCLOSURES_MAX = 128;
const DEPTH_MAX = 16;
const TOKEN_MAX = 8 * 1024 * 1024;
const LIST_MAX = 4 * 1024 * 1024;
const TTL_UNSAID = 12 * 3600;
const ALWAYS_VISIBLE = ['iss', 'nbf', 'exp', 'cnf', 'vct', 'vct#integrity', 'status', '_sd_alg'];

/** Why a card is refused: a stable code, and nothing of what was shown. */
export class Avslag extends Error {
  constructor(kode) {
    super(kode);
    this.kode = kode;
  }
}

const refuse = (kode) => { throw new Avslag(kode); };
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const has = (object, name) => Object.hasOwn(object, name);
const reserved = (name) => name === '_sd' || name === '...';
const utf8 = new TextEncoder();

/** Strict base64url: no padding, no other letters, no bits left over. */
function decode(text) {
  if (typeof text !== 'string' || !/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return null;
  const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  return encode(bytes) === text ? bytes : null;
}

function encode(bytes) {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function parse(encoded) {
  const bytes = decode(encoded);
  if (!bytes) return undefined;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

async function digest(text) {
  return encode(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8.encode(text))));
}

async function publicKey(jwk) {
  if (!isObject(jwk) || jwk.kty !== 'EC' || jwk.crv !== 'P-256') return null;
  if ((jwk.use ?? 'sig') !== 'sig' || (jwk.alg ?? 'ES256') !== 'ES256') return null;
  if (decode(jwk.x)?.length !== 32 || decode(jwk.y)?.length !== 32) return null;
  const { kty, crv, x, y } = jwk;
  try {
    return await crypto.subtle.importKey('jwk', { kty, crv, x, y }, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify']);
  } catch {
    return null;
  }
}

/** The key that this issuer calls by this name; a nameless token is checked with the issuer's only key. */
async function trustedKey(issuers, issuer, kid, room) {
  if (!has(issuers, issuer)) refuse(`${room}.UKJENT_UTSTEDER`);
  const keys = [];
  for (const jwk of issuers[issuer].keys) {
    const key = await publicKey(jwk);
    if (key) keys.push({ kid: jwk.kid, key });
  }
  const found = kid === undefined ? (keys.length === 1 ? keys[0] : undefined) : keys.find((one) => one.kid === kid);
  return found?.key ?? refuse(`${room}.UKJENT_NOKKEL`);
}

/** Takes a JWS apart. ES256 is the only algorithm there is. */
function jws(compact, form, algorithm) {
  const parts = compact.split('.');
  const header = parts.length === 3 ? parse(parts[0]) : undefined;
  if (!isObject(header)) refuse(form);
  if (header.alg !== 'ES256') refuse(algorithm);
  if (has(header, 'crit') || has(header, 'b64')) refuse(form);
  const payload = parse(parts[1]);
  const signature = decode(parts[2]);
  if (!isObject(payload) || !signature) refuse(form);
  const kid = typeof header.kid === 'string' ? header.kid : undefined;
  return { typ: header.typ, kid, payload, signed: `${parts[0]}.${parts[1]}`, signature };
}

function verifies(key, { signed, signature }) {
  return crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, signature, utf8.encode(signed));
}

function content(encoded) {
  const parts = parse(encoded);
  if (!Array.isArray(parts) || typeof parts[0] !== 'string') refuse('KORT.OPPLYSNING');
  if (parts.length === 2) return { value: parts[1] };
  if (parts.length !== 3 || typeof parts[1] !== 'string') refuse('KORT.OPPLYSNING');
  if (reserved(parts[1])) refuse('KORT.RESERVERT_NAVN');
  return { name: parts[1], value: parts[2] };
}

/** Puts disclosures where the issuer's digests say that they belong. */
async function resolve(payload, disclosures) {
  if (has(payload, '_sd_alg') && payload._sd_alg !== 'sha-256') refuse('KORT.SAMMENDRAG');
  const disclosed = new Map();
  for (const encoded of disclosures) {
    const named = await digest(encoded);
    const what = content(encoded);
    if (disclosed.has(named)) refuse('KORT.DUPLIKAT');
    disclosed.set(named, what);
  }
  const seen = new Set();
  const take = (named) => {
    if (seen.has(named)) refuse('KORT.DUPLIKAT');
    seen.add(named);
    const what = disclosed.get(named);
    disclosed.delete(named);
    return what;
  };
  const value = (any, depth) => {
    if (Array.isArray(any)) return array(any, depth + 1);
    return isObject(any) ? object(any, depth + 1) : any;
  };
  const object = (map, depth) => {
    if (depth > DEPTH_MAX) refuse('KORT.FOR_DYPT');
    const claims = Object.create(null);
    for (const [name, any] of Object.entries(map)) {
      if (name === '_sd' || (name === '_sd_alg' && depth === 0)) continue;
      if (reserved(name)) refuse('KORT.RESERVERT_NAVN');
      claims[name] = value(any, depth);
    }
    const digests = has(map, '_sd') ? map._sd : [];
    if (!Array.isArray(digests) || digests.some((one) => typeof one !== 'string')) refuse('KORT.RESERVERT_NAVN');
    for (const named of digests) {
      const what = take(named);
      if (!what) continue;
      if (what.name === undefined) refuse('KORT.FEIL_SLAGS_OPPLYSNING');
      if (depth === 0 && ALWAYS_VISIBLE.includes(what.name)) refuse('KORT.SKJULT');
      if (has(claims, what.name)) refuse('KORT.OVERSKREVET');
      claims[what.name] = value(what.value, depth);
    }
    return claims;
  };
  const array = (list, depth) => {
    if (depth > DEPTH_MAX) refuse('KORT.FOR_DYPT');
    const elements = [];
    for (const element of list) {
      if (!isObject(element) || !has(element, '...')) {
        elements.push(value(element, depth));
        continue;
      }
      if (Object.keys(element).length !== 1 || typeof element['...'] !== 'string') refuse('KORT.RESERVERT_NAVN');
      const what = take(element['...']);
      if (what && what.name !== undefined) refuse('KORT.FEIL_SLAGS_OPPLYSNING');
      if (what) elements.push(value(what.value, depth));
    }
    return elements;
  };
  const claims = object(payload, 0);
  if (disclosed.size > 0) refuse('KORT.UKJENT_OPPLYSNING');
  return claims;
}

function seconds(claims, name) {
  if (!has(claims, name)) return undefined;
  const value = claims[name];
  if (typeof value !== 'number' || !(Math.abs(value) <= 253402207200)) refuse('KORT.FORM');
  return Math.trunc(value);
}

/** The day that it is in Norway, as `2026-11-22`. */
const norwegianDay = (now) => new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Oslo' }).format(new Date(now * 1000));

function read(claims, now) {
  const bad = () => refuse('KORT.INNHOLD');
  const { antallLedsagere, gyldigTil, varig } = claims;
  if (!Number.isInteger(antallLedsagere) || antallLedsagere < 1 || antallLedsagere > 255) bad();
  const limited = typeof gyldigTil === 'string' && (varig === undefined || varig === false);
  if (!limited && !(gyldigTil === undefined && varig === true)) bad();
  if (limited && !(/^\d{4}-\d\d-\d\d$/.test(gyldigTil) && !Number.isNaN(Date.parse(gyldigTil)))) bad();
  const bilde = claims['bilde#sha-256'];
  if (bilde !== undefined && decode(bilde)?.length !== 32) bad();
  if (limited && norwegianDay(now) > gyldigTil) refuse('KORT.BEVIS_UTLOPT');
  const text = (name) => (typeof claims[name] === 'string' ? claims[name] : undefined);
  return { antallLedsagere, gyldigTil, varig: !limited, bilde, navn: text('navn'), fodselsdato: text('fodselsdato') };
}

async function bound(binding, holder, shown, { audience, nonce, now, maxAge, skew }) {
  const jwt = jws(binding, 'KORT.BINDING_FORM', 'KORT.BINDING_FORM');
  if (jwt.typ !== 'kb+jwt') refuse('KORT.BINDING_FORM');
  if (!await verifies(holder, jwt)) refuse('KORT.FEIL_INNEHAVER');
  const { aud, nonce: answered, iat, sd_hash: hash } = jwt.payload;
  if (typeof hash !== 'string') refuse('KORT.BINDING_FORM');
  if (hash !== await digest(shown)) refuse('KORT.BINDING_SAMMENDRAG');
  if (typeof aud !== 'string' || typeof answered !== 'string') refuse('KORT.BINDING_FORM');
  if (audience && audience !== aud) refuse('KORT.FEIL_MOTTAKER');
  if (nonce && nonce !== answered) refuse('KORT.FEIL_UTFORDRING');
  if (typeof iat !== 'number') refuse('KORT.BINDING_FORM');
  if (now - iat > maxAge) refuse('KORT.VIST_FOR_LENGE_SIDEN');
  if (iat - now > skew) refuse('KORT.VIST_I_FRAMTIDEN');
}

async function inflate(bytes) {
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate')).getReader();
  const chunks = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(() => refuse('SPERRELISTE.FORM'));
    if (done) break;
    length += value.length;
    if (length > LIST_MAX) {
      await reader.cancel().catch(() => {});
      refuse('SPERRELISTE.FOR_STOR');
    }
    chunks.push(value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** The name of a list, before anything in it is to be believed. */
export function listName(token) {
  try {
    return jws(token.trim(), 'SPERRELISTE.FORM', 'SPERRELISTE.ALGORITME').payload.sub;
  } catch {
    return undefined;
  }
}

async function statusList(token, issuers, issuer) {
  if (token.length > TOKEN_MAX) refuse('SPERRELISTE.FOR_STOR');
  const jwt = jws(token.trim(), 'SPERRELISTE.FORM', 'SPERRELISTE.ALGORITME');
  if (jwt.typ !== 'statuslist+jwt') refuse('SPERRELISTE.FORM');
  const { iss, iat, exp, ttl, status_list: list } = jwt.payload;
  if (iss !== undefined && iss !== issuer) refuse('SPERRELISTE.FEIL_UTSTEDER');
  if (!await verifies(await trustedKey(issuers, issuer, jwt.kid, 'SPERRELISTE'), jwt)) refuse('SPERRELISTE.SIGNATUR');
  const number = (value, optional) => (optional && value === undefined) || Number.isFinite(value);
  if (!number(iat) || !number(exp, true) || !(ttl === undefined || ttl > 0)) refuse('SPERRELISTE.FORM');
  const compressed = isObject(list) && [1, 2, 4, 8].includes(list.bits) ? decode(list.lst) : null;
  if (!compressed) refuse('SPERRELISTE.FORM');
  return { iat, exp, ttl, bits: list.bits, bytes: await inflate(compressed) };
}

async function revocation(reference, issuer, { issuers, lists, now, skew }) {
  if (reference === undefined) return { sperring: 'UTEN' };
  const { idx, uri } = reference.status_list;
  if (lists.length === 0) return { sperring: 'IKKE_KONTROLLERT' };
  const said = ({ bits, bytes }) => {
    const byte = bytes[Math.floor((idx * bits) / 8)];
    return byte === undefined ? undefined : (byte >> ((idx * bits) % 8)) & (0xff >> (8 - bits));
  };
  let best;
  let fault = new Avslag('SPERRELISTE.MANGLER');
  for (const token of lists) {
    if (listName(token) !== uri) continue;
    try {
      const list = await statusList(token, issuers, issuer);
      // Of two of the same second, the one that refuses is the later one.
      if (!best || list.iat > best.iat || (list.iat === best.iat && said(list) !== 0)) best = list;
    } catch (error) {
      fault = error;
    }
  }
  if (!best) throw fault;
  if (best.iat - now > skew) refuse('SPERRELISTE.IKKE_GYLDIG_ENNA');
  const status = said(best);
  if (status === undefined) refuse('SPERRELISTE.UTENFOR');
  if (status !== 0) refuse({ 1: 'SPERRELISTE.TRUKKET', 2: 'SPERRELISTE.MIDLERTIDIG' }[status] ?? 'SPERRELISTE.ANNEN_STATUS');
  if (best.exp !== undefined && best.exp + skew <= now) refuse('SPERRELISTE.UTLOPT');
  const fresh = best.ttl === undefined ? best.exp !== undefined || now - best.iat < TTL_UNSAID : now - best.iat < best.ttl;
  return { sperring: fresh ? 'FERSK' : 'GAMMEL', sperrelisteUtstedt: best.iat };
}

async function judge(presentation, given) {
  const { issuers, now, skew } = given;
  const text = presentation.trim();
  if (text.length > BYTES_MAX) refuse('KORT.FOR_STORT');
  const last = text.lastIndexOf('~');
  if (last < 0) refuse('KORT.FORM');
  const binding = text.slice(last + 1);
  const [card, ...disclosures] = text.slice(0, last).split('~');
  const jwt = jws(card, 'KORT.FORM', 'KORT.ALGORITME');
  if (disclosures.length > DISCLOSURES_MAX) refuse('KORT.FOR_STORT');
  if (jwt.typ !== 'dc+sd-jwt' && jwt.typ !== 'vc+sd-jwt') refuse('KORT.TYP');
  const issuer = jwt.payload.iss;
  if (typeof issuer !== 'string') refuse('KORT.FORM');
  if (!await verifies(await trustedKey(issuers, issuer, jwt.kid, 'KORT'), jwt)) refuse('KORT.SIGNATUR');
  const claims = await resolve(jwt.payload, disclosures);
  const [iat, nbf, exp] = ['iat', 'nbf', 'exp'].map((name) => seconds(claims, name));
  if (typeof claims.vct !== 'string') refuse('KORT.FORM');
  if ([iat, nbf].some((at) => at !== undefined && at - now > skew)) refuse('KORT.IKKE_GYLDIG_ENNA');
  if (exp !== undefined && exp + skew <= now) refuse('KORT.UTLOPT');
  const list = claims.status?.status_list;
  if (claims.status !== undefined && !(Number.isSafeInteger(list?.idx) && list.idx >= 0 && typeof list.uri === 'string')) {
    refuse('KORT.STATUS');
  }
  const holder = await publicKey(claims.cnf?.jwk);
  if (claims.cnf !== undefined && !holder) refuse('KORT.INGEN_INNEHAVER');
  const kind = (name) => claims.vct === `${issuer.replace(/\/+$/, '')}/${name}/v1`;
  // Paper has no key: of its own kind, bound to none, and never the answer to a challenge.
  const papir = binding === '' && kind('ledsagerbevis-papir') && claims.cnf === undefined && !given.nonce;
  if (!papir) {
    if (binding === '') refuse('KORT.IKKE_BUNDET');
    if (!holder) refuse('KORT.INGEN_INNEHAVER');
    await bound(binding, holder, text.slice(0, last + 1), given);
    if (!kind('ledsagerbevis')) refuse('KORT.FEIL_TYPE');
  }
  const shown = read(claims, now);
  if (papir && shown.navn === undefined) refuse('KORT.INNHOLD');
  return { gyldig: true, papir, utsteder: issuer, ...shown, ...await revocation(claims.status, issuer, given) };
}

/**
 * Judges what was shown. `issuers` is `{iss: {keys: [JWK…]}}`, `lists` the signed status lists at hand (with none,
 * revocation is not looked at), `now` seconds since 1970. Answers `{gyldig: true, …}` or `{gyldig: false, kode}`.
 */
export async function kontroller(presentation, { issuers, lists = [], audience, nonce, now, maxAge = 120, skew = 30 }) {
  try {
    return await judge(presentation, { issuers, lists, audience, nonce, now, maxAge, skew });
  } catch (error) {
    if (error instanceof Avslag) return { gyldig: false, kode: error.kode };
    throw error;
  }
}
