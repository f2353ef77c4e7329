// The sealed report: files in a signed ASiC-E (CAdES), sealed to one certificate (CMS), and back again.
import { createHash } from "node:crypto";
import * as asn1js from "asn1js";
import { type Zippable, strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import * as pkijs from "pkijs";
import type { Identity } from "./pkcs12.js";

export type Files = Record<string, Uint8Array>;

const MIMETYPE = "application/vnd.etsi.asic-e+zip";
const MANIFEST = "META-INF/ASiCManifest.xml";
const SIGNATURE = "META-INF/signature.p7s";
const OID = {
  data: "1.2.840.113549.1.7.1",
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  signingTime: "1.2.840.113549.1.9.5",
  signingCertificateV2: "1.2.840.113549.1.9.16.2.47",
  oaep: "1.2.840.113549.1.1.7",
  serialNumber: "2.5.4.5",
};

const sha256 = (content: Uint8Array) => createHash("sha256").update(content).digest();
const buffer = (content: Uint8Array) => new Uint8Array(content).buffer;

/** A signed ASiC-E in the form of KS's clients. The first file is the root file. */
export async function pack(files: Files, signer: Identity): Promise<Uint8Array> {
  const entries = Object.entries(files).map(([name, content], at) => `
  <DataObjectReference URI="${name}" MimeType="application/${name.split(".").pop()}"${at === 0 ? ' Rootfile="true"' : ""}>
    <ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>
    <ds:DigestValue>${sha256(content).toString("base64")}</ds:DigestValue>
  </DataObjectReference>`);
  const manifest = strToU8(`<?xml version="1.0" encoding="UTF-8"?>
<ASiCManifest xmlns="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
  <SigReference URI="${SIGNATURE}" MimeType="application/x-pkcs7-signature"/>${entries.join("")}
</ASiCManifest>
`);
  const container: Zippable = { mimetype: [strToU8(MIMETYPE), { level: 0 }], ...files };
  container[MANIFEST] = manifest;
  container[SIGNATURE] = await sign(manifest, signer);
  return zipSync(container);
}

/** The files, once the manifest names them all and was signed by the organisation `sealedBy`, which `ca` vouches for. */
export async function unpack(asice: Uint8Array, sealedBy: string, ca: pkijs.Certificate): Promise<Files> {
  const entries = Object.entries(unzipSync(asice));
  const entry = (ending: string) => {
    const found = entries.find(([name]) => name.toLowerCase().endsWith(ending));
    if (!found) throw new Error(`the container has no ${ending}`);
    return found[1];
  };
  if (strFromU8(entry("mimetype")) !== MIMETYPE) throw new Error("not an ASiC-E");
  const manifest = entry("/asicmanifest.xml");
  await verify(manifest, entry(".p7s"), sealedBy, ca);
  const listed = [...strFromU8(manifest).matchAll(
    /<(?:\w+:)?DataObjectReference\b[^>]*\bURI="([^"]*)"[^]*?<(?:\w+:)?DigestValue>\s*([^<\s]+)/g,
  )].map(([, name, digest]) => `${name} ${digest}`);
  const files = entries.filter(([name]) => name !== "mimetype" && !name.startsWith("META-INF/"));
  const actual = files.map(([name, content]) => `${name} ${sha256(content).toString("base64")}`);
  if (listed.sort().join() !== actual.sort().join()) throw new Error("the manifest is about other files");
  return Object.fromEntries(files);
}

/** A detached CAdES-BES signature. */
async function sign(content: Uint8Array, { key, certificate }: Identity): Promise<Uint8Array> {
  const own = new asn1js.OctetString({ valueHex: buffer(sha256(new Uint8Array(certificate.toSchema().toBER()))) });
  const list = (...value: asn1js.BaseBlock[]) => new asn1js.Sequence({ value });
  const attribute = (type: string, value: asn1js.BaseBlock) => new pkijs.Attribute({ type, values: [value] });
  const attributes = [
    attribute(OID.contentType, new asn1js.ObjectIdentifier({ value: OID.data })),
    attribute(OID.signingTime, new asn1js.UTCTime({ valueDate: new Date() })),
    attribute(OID.messageDigest, new asn1js.OctetString({ valueHex: buffer(sha256(content)) })),
    attribute(OID.signingCertificateV2, list(list(list(own)))),
  ];
  const signed = new pkijs.SignedData({
    encapContentInfo: new pkijs.EncapsulatedContentInfo({ eContentType: OID.data }),
    certificates: [certificate],
    signerInfos: [new pkijs.SignerInfo({
      version: 1,
      sid: new pkijs.IssuerAndSerialNumber({ issuer: certificate.issuer, serialNumber: certificate.serialNumber }),
      signedAttrs: new pkijs.SignedAndUnsignedAttributes({ type: 0, attributes }),
    })],
  });
  await signed.sign(key, 0, "SHA-256", buffer(content));
  return contentInfo(pkijs.ContentInfo.SIGNED_DATA, signed.toSchema(true));
}

async function verify(content: Uint8Array, signature: Uint8Array, sealedBy: string, ca: pkijs.Certificate) {
  const signed = new pkijs.SignedData({ schema: pkijs.ContentInfo.fromBER(buffer(signature)).content });
  const { signatureVerified, signerCertificate } = await signed.verify({
    signer: 0, data: buffer(content), checkChain: true, trustedCerts: [ca], extendedMode: true,
  });
  const organisation = signerCertificate?.subject.typesAndValues.find(({ type }) => type === OID.serialNumber);
  if (!signatureVerified || organisation?.value.valueBlock.value !== sealedBy) throw new Error(`not signed by ${sealedBy}`);
}

/** CMS EnvelopedData: RSAES-OAEP with SHA-256 twice, AES-256-CBC. */
export async function seal(content: Uint8Array, recipient: pkijs.Certificate): Promise<Uint8Array> {
  const enveloped = new pkijs.EnvelopedData();
  enveloped.addRecipientByCertificate(recipient, { oaepHashAlgorithm: "SHA-256" });
  await enveloped.encrypt({ name: "AES-CBC", length: 256 } as AesKeyGenParams, buffer(content));
  enveloped.version = 0; // pkijs writes 2, which goes with other kinds of recipients (RFC 5652, section 6.1)
  return contentInfo(pkijs.ContentInfo.ENVELOPED_DATA, enveloped.toSchema());
}

/** What was sealed to the certificate, also in the BER that KS's clients write. `key` is in PKCS#8. */
export async function unseal(envelope: Uint8Array, recipientCertificate: pkijs.Certificate, key: Uint8Array) {
  const enveloped = new pkijs.EnvelopedData({ schema: pkijs.ContentInfo.fromBER(buffer(envelope)).content });
  // KS's .NET client names the recipient twice; the other one is for PKCS #1 v1.5.
  const at = enveloped.recipientInfos.findIndex(({ value }) =>
    value instanceof pkijs.KeyTransRecipientInfo && value.keyEncryptionAlgorithm.algorithmId === OID.oaep);
  return new Uint8Array(await enveloped.decrypt(at, { recipientCertificate, recipientPrivateKey: buffer(key) }));
}

function contentInfo(contentType: string, content: asn1js.BaseBlock): Uint8Array {
  return new Uint8Array(new pkijs.ContentInfo({ contentType, content }).toSchema().toBER());
}
