"""Prints an API document in which what can be sent as JSON or as multipart can only be sent as multipart.

OpenAPI Generator makes one method of an operation, for the first of its content types. Run over this document as well, it
makes the other one. usage: multipart_only.py api-spec/bekymringsmelding-v2.json
"""
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    document = json.load(file)
found = 0
for path in document["paths"].values():
    for operation in path.values():
        content = operation.get("requestBody", {}).get("content", {}) if isinstance(operation, dict) else {}
        if "multipart/form-data" in content and content.pop("application/json", None):
            found += 1
if not found:
    sys.exit("FAILED: no operation takes both JSON and multipart any more; this step can go")
json.dump(document, sys.stdout, ensure_ascii=False)
