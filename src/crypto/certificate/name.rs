//! Distinguished names (RFC 5280, section 4.1.2.4) as text, and the organisation number in them.

use crate::crypto::{
    cms::scan::{ScanFault, Scanner},
    der,
};

/// Attribute types with a name in RFC 2253, section 2.3.
const NAMES: [(&[u8], &str); 9] = [
    (&[0x55, 0x04, 0x03], "CN"),
    (&[0x55, 0x04, 0x07], "L"),
    (&[0x55, 0x04, 0x08], "ST"),
    (&[0x55, 0x04, 0x0A], "O"),
    (&[0x55, 0x04, 0x0B], "OU"),
    (&[0x55, 0x04, 0x06], "C"),
    (&[0x55, 0x04, 0x09], "STREET"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xF2, 0x2C, 0x64, 0x01, 0x19], "DC"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xF2, 0x2C, 0x64, 0x01, 0x01], "UID"),
];
/// `organizationIdentifier` 2.5.4.97 (ITU-T X.520)
const ORGANIZATION_IDENTIFIER: &[u8] = &[0x55, 0x04, 0x61];
/// `serialNumber` 2.5.4.5 (ITU-T X.520)
const SERIAL_NUMBER: &[u8] = &[0x55, 0x04, 0x05];

/// One attribute, and whether it belongs to the same relative name as the one before it.
struct Attribute<'a> {
    oid: &'a [u8],
    tag: u8,
    value: &'a [u8],
    joined: bool,
}

impl Attribute<'_> {
    fn text(&self) -> String {
        match self.tag {
            // BMPString
            0x1E => {
                let units =
                    self.value.chunks_exact(2).map(|pair| pair.iter().fold(0, |sum, &b| (sum << 8) | u16::from(b)));
                char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
            }
            // TeletexString, which everybody writes as Latin-1
            0x14 => self.value.iter().copied().map(char::from).collect(),
            // UTF8String, PrintableString, IA5String, NumericString
            _ => String::from_utf8_lossy(self.value).into_owned(),
        }
    }
}

fn attributes(name: &[u8]) -> Result<Vec<Attribute<'_>>, ScanFault> {
    let mut scanner = Scanner::new(name);
    let mut found = Vec::new();
    let sequence = scanner.enter(der::SEQUENCE)?;
    while scanner.has_more(&sequence)? {
        let relative = scanner.enter(der::SET)?;
        let mut joined = false;
        while scanner.has_more(&relative)? {
            let pair = scanner.enter(der::SEQUENCE)?;
            let oid = scanner.primitive(der::OID)?;
            let (tag, value) = scanner.any()?;
            scanner.leave(pair)?;
            found.push(Attribute { oid, tag, value, joined });
            joined = true;
        }
        scanner.leave(relative)?;
    }
    scanner.leave(sequence)?;
    Ok(found)
}

/// The name, most specific part first. Types without a name in RFC 2253 are shown by number, but with readable values.
pub(super) fn display(name: &[u8]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for attribute in attributes(name).unwrap_or_default() {
        let kind = NAMES.iter().find(|(oid, _)| *oid == attribute.oid);
        let kind = kind.map_or_else(|| dotted(attribute.oid), |(_, name)| (*name).to_owned());
        let text = format!("{kind}={}", escape(&attribute.text()));
        match parts.last_mut() {
            Some(last) if attribute.joined => *last = format!("{last}+{text}"),
            _ => parts.push(text),
        }
    }
    parts.reverse();
    parts.join(",")
}

/// RFC 2253, section 2.4.
fn escape(value: &str) -> String {
    let last = value.chars().count().saturating_sub(1);
    let mut out = String::with_capacity(value.len());
    for (at, c) in value.chars().enumerate() {
        let edge = (c == ' ' && (at == 0 || at == last)) || (c == '#' && at == 0);
        if edge || matches!(c, ',' | '+' | '"' | '\\' | '<' | '>' | ';') {
            out.push('\\');
        }
        // A line feed in a name would break the log line it lands in.
        out.push(if c.is_control() { char::REPLACEMENT_CHARACTER } else { c });
    }
    out
}

/// The content bytes of an object identifier as numbers (ITU-T X.690, section 8.19).
fn dotted(oid: &[u8]) -> String {
    let mut arcs: Vec<u64> = Vec::new();
    let mut arc = 0_u64;
    for &byte in oid {
        arc = (arc << 7) | u64::from(byte & 0x7F);
        if byte & 0x80 == 0 {
            if arcs.is_empty() {
                let first = (arc / 40).min(2);
                arcs.extend([first, arc - first * 40]);
            } else {
                arcs.push(arc);
            }
            arc = 0;
        }
    }
    arcs.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}

/// See [`super::Certificate::orgnr`].
pub(super) fn orgnr(name: &[u8]) -> Option<String> {
    let attributes = attributes(name).ok()?;
    let of = |oid: &[u8]| attributes.iter().find(|attribute| attribute.oid == oid).map(Attribute::text);
    of(ORGANIZATION_IDENTIFIER)
        .and_then(|value| value.strip_prefix("NTRNO-").and_then(nine_digits))
        .or_else(|| of(SERIAL_NUMBER).as_deref().and_then(nine_digits))
}

fn nine_digits(text: &str) -> Option<String> {
    (text.len() == 9 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.to_owned())
}
