// A report as plain JSON and a sealed one, from a school's case system to a municipality's, with the generated client.
// usage: main KITDIR
import { createHash, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SignJWT, compactDecrypt, importPKCS8 } from "jose";
import createClient from "openapi-fetch";
import { Certificate } from "pkijs";
import { type Files, pack, seal, unpack, unseal } from "./asice.js";
import type { components, paths } from "./generated/meldeport.js";
import { type Identity, openPkcs12 } from "./pkcs12.js";

type Schemas = components["schemas"];
type Report = Schemas["BekymringsmeldingOffentligV2"];

/** kit.json as `meldeport demo --kit DIR` writes it. */
type Virksomhet = { fil: string; passord: string };
type Organisation = { fiksOrgId: string; integrasjonId: string; integrasjonPassord: string };
type Kit = {
  baseUrl: string; tokenEndpoint: string; issuer: string; clientId: string; scope: string;
  fagsystem: Organisation; virksomhetssertifikat: Virksomhet;
  kommune: Organisation & { kommunenummer: string; clientId: string; virksomhetssertifikat: Virksomhet };
};

const JSON_NAME = "bekymringsmelding.json";
const PDF_NAME = "bekymringsmelding.pdf";
// The demo's offices: what came as plain JSON is handed to the second one as JWE.
const ASICE_OFFICE = "01";
const JWE_OFFICE = "02";

const dir = process.argv[2] ?? fail("usage: main KITDIR");
const read = (name: string) => new Uint8Array(readFileSync(join(dir, name)));
const text = (name: string) => readFileSync(join(dir, name), "utf8");
const kit: Kit = JSON.parse(text("kit.json"));
const der = (pem: string) => new Uint8Array(Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64"));
const certificate = (pem: string) => Certificate.fromBER(der(pem));

/** One of the two organisations: its virksomhetssertifikat, and a client with its three credentials. */
class Party {
  private constructor(readonly id: string, readonly identity: Identity, readonly api: ReturnType<typeof createClient<paths>>) {}

  static async join(party: Organisation, clientId: string, virksomhet: Virksomhet): Promise<Party> {
    const identity = await openPkcs12(read(virksomhet.fil), virksomhet.passord);
    const api = createClient<paths>({
      baseUrl: `${kit.baseUrl}/bekymringsmelding/api/v2`,
      headers: {
        Authorization: `Bearer ${await token(clientId, identity)}`,
        IntegrasjonId: party.integrasjonId,
        IntegrasjonPassord: party.integrasjonPassord,
      },
    });
    return new Party(party.fiksOrgId, identity, api);
  }
}

/** A Maskinporten token: a grant signed with the virksomhetssertifikat, exchanged. Valid for some minutes. */
async function token(clientId: string, { key, certificate }: Identity): Promise<string> {
  const x5c = [Buffer.from(certificate.toSchema().toBER()).toString("base64")];
  const grant = await new SignJWT({ scope: kit.scope }).setProtectedHeader({ alg: "RS256", x5c })
    .setIssuer(clientId).setAudience(kit.issuer).setIssuedAt().setExpirationTime("2 minutes").setJti(randomUUID()).sign(key);
  const body = new URLSearchParams({ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion: grant });
  const response = await fetch(kit.tokenEndpoint, { method: "POST", body });
  check(response.ok, `no token: ${response.status} ${response.statusText}`);
  return ((await response.json()) as { access_token: string }).access_token;
}

/** The kit's sample, for this office and about now: Norwegian local time without a zone. */
function sample(kommunenummer: string, bydelsnummer: string): Report {
  const report: Report = JSON.parse(text(`rapport/${JSON_NAME}`));
  const now = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Oslo", dateStyle: "short", timeStyle: "medium" });
  return { ...report, kommunenummer, bydelsnummer, sendingstidspunkt: now.format(new Date()).replace(" ", "T") };
}

/** In the clear over TLS: the gateway checks the form, makes the PDF, and seals. */
async function sendJson(school: Party, kommunenummer: string, bydelsnummer: string) {
  const report = sample(kommunenummer, bydelsnummer);
  const { uuid } = answer(await school.api.POST("/mottak/fagsystem/{fraFiksOrgId}/{kommunenummer}/{bydelsnummer}/offentlig", {
    params: { path: { fraFiksOrgId: school.id, kommunenummer, bydelsnummer }, header: { "Idempotency-Key": randomUUID() } },
    body: report,
  }));
  say("sent", `${uuid} to office ${bydelsnummer}, as plain JSON`);
  return { uuid, report };
}

/** Sealed here, so that nobody but the office, and the print supplier for the PDF, can read it. */
async function sendSealed(school: Party, kommunenummer: string, bydelsnummer: string) {
  const keys = answer(await school.api.GET("/mottak/fagsystem/{kommunenummer}/{bydelsnummer}/krypteringsnokler", {
    params: { path: { kommunenummer, bydelsnummer } },
  }));
  const office = certificate(keys.fiksIOOffentligNokkel.nokkel);
  const printer = certificate(keys.printOffentligNokkel.nokkel);
  const report = new TextEncoder().encode(JSON.stringify(sample(kommunenummer, bydelsnummer)));
  const files: Files = { [JSON_NAME]: report, [PDF_NAME]: read(`rapport/${PDF_NAME}`) };
  const parts: Schemas["BekymringsmeldingMultipart"] = {
    bekymringsmelding: part(await seal(files[PDF_NAME]!, printer), PDF_NAME),
    asice: part(await seal(await pack(files, school.identity), office), "asice.zip"),
  };
  const { uuid } = answer(await school.api.POST("/mottak/fagsystem/{fraFiksOrgId}/{kommunenummer}/{bydelsnummer}/offentlig", {
    params: { path: { fraFiksOrgId: school.id, kommunenummer, bydelsnummer }, header: { "Idempotency-Key": randomUUID() } },
    body: parts,
    bodySerializer: multipart,
  }));
  say("sent", `${uuid} to office ${bydelsnummer}, sealed, as multipart`);
  return { uuid, files };
}

const part = (content: Uint8Array, name: string) =>
  new File([new Uint8Array(content)], name, { type: "application/octet-stream" });

/** openapi-fetch makes JSON of an object unless it is told otherwise. */
function multipart(parts: object): FormData {
  const form = new FormData();
  for (const [name, content] of Object.entries(parts)) form.append(name, content);
  return form;
}

/** The states that the report has gone through, once it has reached this one. */
async function waitFor(school: Party, report: string, state: string): Promise<string[]> {
  let states: string[] = [];
  for (let tries = 0; tries < 60; tries++) {
    const history = answer(await school.api.GET("/mottak/fagsystem/{fraFiksOrgId}/bekymringsmelding/{bekymringsmeldingId}/status", {
      params: { path: { fraFiksOrgId: school.id, bekymringsmeldingId: report } },
    }));
    states = history.map(({ tilstand }) => tilstand);
    if (states.includes(state)) return states;
    await sleep(500);
  }
  return fail(`${report} did not become ${state} within half a minute: ${states}`);
}

/** The report's place in the office's queue, where others may wait as well, and its content as it was sealed. */
async function download(municipality: Party, bydelsnummer: string, report: string) {
  let waiting: Schemas["VentendeMelding"] | undefined;
  for (let markor: string | undefined; ; ) {
    const page = answer(await municipality.api.GET("/avhenting/{fiksOrgId}/meldinger", {
      params: { path: { fiksOrgId: municipality.id }, query: { bydelsnummer, markor } },
    }));
    waiting = page.meldinger.find(({ bekymringsmeldingId }) => bekymringsmeldingId === report);
    if (waiting) break;
    markor = page.nesteMarkor ?? fail(`${report} does not wait for office ${bydelsnummer}`);
  }
  const content = new Uint8Array(answer(await municipality.api.GET("/avhenting/{fiksOrgId}/meldinger/{bekymringsmeldingId}/innhold", {
    params: { path: { fiksOrgId: municipality.id, bekymringsmeldingId: report } },
    parseAs: "arrayBuffer",
  })));
  check(createHash("sha256").update(content).digest("hex") === waiting.sha256, `${report} came broken`);
  say("fetched", `${report} from ${waiting.avsender.navn}: ${content.length} bytes, ${waiting.format}`);
  return { waiting, content };
}

/** Only when the report is safely stored: the gateway erases it now. */
async function receipt(municipality: Party, report: string) {
  const { tilstand } = answer(await municipality.api.POST("/avhenting/{fiksOrgId}/meldinger/{bekymringsmeldingId}/mottatt", {
    params: { path: { fiksOrgId: municipality.id, bekymringsmeldingId: report } },
  }));
  check(tilstand === "LEVERT", `receipted, but ${report} is ${tilstand}`);
  say("receipt", `${report} is ${tilstand}`);
}

async function openJwe(content: Uint8Array, key: string, sent: Report) {
  const algorithms = { keyManagementAlgorithms: ["RSA-OAEP-256"], contentEncryptionAlgorithms: ["A256GCM"] };
  const { plaintext, protectedHeader } = await compactDecrypt(content, await importPKCS8(key, "RSA-OAEP-256"), algorithms);
  const { melding } = JSON.parse(new TextDecoder().decode(plaintext)) as { melding: { melding: string; historie: string } };
  // This office reads version 1 of the form; what version 2 added has been carried over.
  check(melding.melding === sent.melding.melding && melding.historie.includes(sent.melding.andreSynspunkter!),
    "what was opened is not what was sent");
  say("opened", `JWE, ${protectedHeader["skjema"]}, without losing a word`);
}

/** What came when it went well; otherwise it says what the gateway said. */
function answer<T>({ data, error, response }: { data?: T; error?: Schemas["Feil"]; response: Response }): NonNullable<T> {
  return data ?? fail(`${response.status} ${error?.errorCode}: ${error?.message}`);
}

function check(condition: boolean, otherwise: string): asserts condition {
  if (!condition) fail(otherwise);
}

function say(what: string, text: string) {
  console.log(`${what.padEnd(8)} ${text}`);
}

function fail(reason: string): never {
  console.error(`FAILED: ${reason}`);
  process.exit(1);
}

const school = await Party.join(kit.fagsystem, kit.clientId, kit.virksomhetssertifikat);
const municipality = await Party.join(kit.kommune, kit.kommune.clientId, kit.kommune.virksomhetssertifikat);
say("token", "one for the school's case system and one for the municipality's");

const kommunenummer = kit.kommune.kommunenummer;
const bydeler = answer(await school.api.GET("/kommuner/{kommunenummer}/bydeler", { params: { path: { kommunenummer } } }));
say("bydeler", `${kommunenummer} has ${bydeler.map((b) => `${b.bydelsnummer} ${b.bydelsnavn}`).join(", ")}`);

const plain = await sendJson(school, kommunenummer, JWE_OFFICE);
const sealed = await sendSealed(school, kommunenummer, ASICE_OFFICE);
for (const { uuid } of [plain, sealed]) say("status", `${uuid} is ${(await waitFor(school, uuid, "SENDT_FAGSYSTEM")).join(" ")}`);

const asJwe = await download(municipality, JWE_OFFICE, plain.uuid);
check(asJwe.waiting.format === "JWE", `office ${JWE_OFFICE} got ${asJwe.waiting.format}`);
await openJwe(asJwe.content, text("kommune-02.key.pem"), plain.report);
await receipt(municipality, plain.uuid);

const { waiting, content } = await download(municipality, ASICE_OFFICE, sealed.uuid);
const container = await unseal(content, certificate(text("kommune.cert.pem")), der(text("kommune.key.pem")));
const opened = await unpack(container, waiting.forsegletAv, certificate(text("ca.pem")));
check(
  Object.keys(opened).length === 2 && Object.entries(sealed.files).every(([name, file]) => Buffer.compare(file, opened[name]!) === 0),
  "what was opened is not what was sent",
);
say("opened", `CMS, an ASiC-E signed by ${waiting.forsegletAv}, both files byte for byte as sent`);
await receipt(municipality, sealed.uuid);

for (const { uuid } of [plain, sealed]) say("status", `the sender sees that ${uuid} is ${(await waitFor(school, uuid, "LEVERT")).at(-1)}`);
