//! `ASiCManifest.xml`: which files there are, their digests, and where the signature over this list lies.

use base64::{Engine, engine::general_purpose::STANDARD};
use openssl::sha::sha256;
use quick_xml::{
    NsReader,
    escape::escape,
    events::{BytesStart, Event},
    name::{Namespace, ResolveResult},
};

use super::{MIMETYPE, fault::ContainerFault};

/// ETSI TS 102 918 v1.2.1, and what the KS .NET client writes instead.
const MANIFEST_NAMESPACES: [&str; 2] = ["http://uri.etsi.org/02918/v1.2.1#", "http://uri.etsi.org/2918/v1.2.1#"];
const DSIG_NAMESPACE: &str = "http://www.w3.org/2000/09/xmldsig#";
/// W3C XML Encryption, section 5.7.2, and what the KS .NET client writes instead.
const SHA256_NAMES: [&str; 2] = ["http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2000/09/xmldsig#sha256"];

/// What a manifest says.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    pub signature: Option<String>,
    pub files: Vec<(String, [u8; 32])>,
}

/// A file to be listed.
pub(super) struct File<'a> {
    pub name: &'a str,
    pub media_type: &'static str,
    pub content: &'a [u8],
}

/// A file reference while it is being read.
#[derive(Default)]
struct Reference {
    uri: String,
    sha256: bool,
    digest: Option<[u8; 32]>,
}

/// Writes a manifest in the form that the KS Java client writes.
pub(super) fn write(signature: &str, files: &[File<'_>]) -> String {
    let [namespace, _] = MANIFEST_NAMESPACES;
    let [algorithm, _] = SHA256_NAMES;
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
         <ASiCManifest xmlns=\"{namespace}\" xmlns:ns2=\"{DSIG_NAMESPACE}\">\n    \
         <SigReference URI=\"{}\" MimeType=\"application/x-pkcs7-signature\"/>\n",
        escape(signature)
    );
    for (at, File { name, media_type, content }) in files.iter().enumerate() {
        let root = if at == 0 { " Rootfile=\"true\"" } else { "" };
        xml.push_str(&format!(
            "    <DataObjectReference URI=\"{}\" MimeType=\"{media_type}\"{root}>\n        \
             <ns2:DigestMethod Algorithm=\"{algorithm}\"/>\n        \
             <ns2:DigestValue>{}</ns2:DigestValue>\n    </DataObjectReference>\n",
            escape(*name),
            STANDARD.encode(sha256(content))
        ));
    }
    xml.push_str("</ASiCManifest>\n");
    xml
}

/// Writes OpenDocument's list of files (OASIS OpenDocument 1.2 part 3, section 3.2), as the KS Java client does.
pub(super) fn write_file_list(files: &[File<'_>]) -> String {
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
         <manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\">\n    \
         <manifest:file-entry manifest:full-path=\"/\" manifest:media-type=\"{MIMETYPE}\"/>\n"
    );
    for File { name, media_type, .. } in files {
        xml.push_str(&format!(
            "    <manifest:file-entry manifest:full-path=\"{}\" manifest:media-type=\"{media_type}\"/>\n",
            escape(*name)
        ));
    }
    xml.push_str("</manifest:manifest>\n");
    xml
}

impl Manifest {
    /// Reads a manifest in the form of either client. No document type, no entities, no second root.
    pub(super) fn read(xml: &[u8]) -> Result<Self, ContainerFault> {
        let mut reader = NsReader::from_reader(xml);
        let mut manifest = Self::default();
        let mut reference = Reference::default();
        let mut path: Vec<Element> = Vec::new();
        let mut has_root = false;
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            let (namespace, event) =
                reader.read_resolved_event_into(&mut buffer).map_err(|_| ContainerFault::Manifest)?;
            match event {
                Event::Start(start) => {
                    let element = Element::of(&namespace, &start, path.last());
                    if path.is_empty() && (has_root || element != Element::Root) {
                        return Err(ContainerFault::Manifest);
                    }
                    has_root = true;
                    manifest.begin(element, &start, &mut reference)?;
                    path.push(element);
                }
                Event::Empty(start) => {
                    let element = Element::of(&namespace, &start, path.last());
                    if path.is_empty() {
                        return Err(ContainerFault::Manifest);
                    }
                    manifest.begin(element, &start, &mut reference)?;
                    manifest.end(element, &mut reference)?;
                }
                Event::End(_) => {
                    let element = path.pop().ok_or(ContainerFault::Manifest)?;
                    manifest.end(element, &mut reference)?;
                }
                Event::Text(text) if path.last() == Some(&Element::Value) => {
                    if reference.digest.replace(digest(&text)?).is_some() {
                        return Err(ContainerFault::Manifest);
                    }
                }
                Event::Text(_) | Event::Comment(_) | Event::Decl(_) => {}
                Event::Eof if has_root && path.is_empty() => return Ok(manifest),
                Event::CData(_) | Event::PI(_) | Event::DocType(_) | Event::GeneralRef(_) | Event::Eof => {
                    return Err(ContainerFault::Manifest);
                }
            }
        }
    }

    fn begin(
        &mut self,
        element: Element,
        start: &BytesStart<'_>,
        reference: &mut Reference,
    ) -> Result<(), ContainerFault> {
        match element {
            Element::Signature => {
                let uri = attribute(start, "URI")?;
                if self.signature.replace(uri).is_some() {
                    return Err(ContainerFault::Manifest);
                }
            }
            Element::File => *reference = Reference { uri: attribute(start, "URI")?, ..Reference::default() },
            Element::Method => {
                if !SHA256_NAMES.contains(&attribute(start, "Algorithm")?.as_str()) {
                    return Err(ContainerFault::DigestAlgorithm);
                }
                reference.sha256 = true;
            }
            Element::Root | Element::Value | Element::Other => {}
        }
        Ok(())
    }

    fn end(&mut self, element: Element, reference: &mut Reference) -> Result<(), ContainerFault> {
        if element == Element::File {
            let Reference { uri, sha256, digest } = std::mem::take(reference);
            let digest = digest.filter(|_| sha256).ok_or(ContainerFault::Manifest)?;
            self.files.push((uri, digest));
        }
        Ok(())
    }
}

/// The elements that matter, each only in its place; anything else is an extension, which is skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Element {
    Root,
    Signature,
    File,
    Method,
    Value,
    Other,
}

impl Element {
    fn of(namespace: &ResolveResult<'_>, start: &BytesStart<'_>, parent: Option<&Self>) -> Self {
        let ResolveResult::Bound(Namespace(namespace)) = namespace else { return Self::Other };
        let is_manifest = MANIFEST_NAMESPACES.iter().any(|known| known.as_bytes() == *namespace);
        let is_dsig = DSIG_NAMESPACE.as_bytes() == *namespace;
        match (parent, start.local_name().as_ref()) {
            (None, b"ASiCManifest") if is_manifest => Self::Root,
            (Some(Self::Root), b"SigReference") if is_manifest => Self::Signature,
            (Some(Self::Root), b"DataObjectReference") if is_manifest => Self::File,
            (Some(Self::File), b"DigestMethod") if is_dsig => Self::Method,
            (Some(Self::File), b"DigestValue") if is_dsig => Self::Value,
            _ => Self::Other,
        }
    }
}

fn attribute(start: &BytesStart<'_>, name: &str) -> Result<String, ContainerFault> {
    let attribute = start.try_get_attribute(name).ok().flatten().ok_or(ContainerFault::Manifest)?;
    attribute.unescape_value().map(|value| value.into_owned()).map_err(|_| ContainerFault::Manifest)
}

fn digest(text: &[u8]) -> Result<[u8; 32], ContainerFault> {
    let bytes = STANDARD.decode(text.trim_ascii()).map_err(|_| ContainerFault::Manifest)?;
    bytes.try_into().map_err(|_| ContainerFault::Manifest)
}
