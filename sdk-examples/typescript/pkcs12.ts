// An organisation's key and certificate, as it gets them: a PKCS#12 file and its password.
import * as pkijs from "pkijs";

export type Identity = { key: CryptoKey; certificate: pkijs.Certificate };

const KEY_BAG = "1.2.840.113549.1.12.10.1.2";
const CERTIFICATE_BAG = "1.2.840.113549.1.12.10.1.3";

export async function openPkcs12(file: Uint8Array, password: string): Promise<Identity> {
  const secret = new TextEncoder().encode(password).buffer;
  const pfx = pkijs.PFX.fromBER(new Uint8Array(file).buffer);
  await pfx.parseInternalValues({ password: secret, checkIntegrity: true });
  const safe = pfx.parsedValue?.authenticatedSafe;
  if (!safe) throw new Error("not a PKCS#12 file");
  await safe.parseInternalValues({ safeContents: safe.safeContents.map(() => ({ password: secret })) });
  const contents: { value: pkijs.SafeContents }[] = safe.parsedValue.safeContents;
  const bags = contents.flatMap(({ value }) => value.safeBags);

  const certificates = bags.filter(({ bagId }) => bagId === CERTIFICATE_BAG)
    .map(({ bagValue }) => (bagValue as pkijs.CertBag).parsedValue as pkijs.Certificate);
  const bag = bags.find(({ bagId }) => bagId === KEY_BAG)?.bagValue as pkijs.PKCS8ShroudedKeyBag | undefined;
  // The bag gives out what is in it through this method only; TypeScript is told that it is private.
  await (bag as unknown as { parseInternalValues(with_: object): Promise<void> }).parseInternalValues({ password: secret });
  const pkcs8 = bag?.parsedValue?.toSchema().toBER();
  const certificate = certificates[0]; // its issuers follow
  if (!pkcs8 || !certificate) throw new Error("the PKCS#12 file lacks a key or a certificate");
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, false, ["sign"]);
  return { key, certificate };
}
