// The document's types, for openapi-fetch. As openapi-typescript does by itself, except that a file is a Blob: by itself
// it makes `string` of "format": "binary".
import { mkdirSync, writeFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";

const BLOB = ts.factory.createTypeReferenceNode("Blob");
const types = await openapiTS(new URL("../../api-spec/bekymringsmelding-v2.json", import.meta.url), {
  transform: (schema) => (schema.format === "binary" ? BLOB : undefined),
});
mkdirSync("generated", { recursive: true });
writeFileSync("generated/meldeport.ts", astToString(types));
