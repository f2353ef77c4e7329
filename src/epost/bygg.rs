//! The message itself, the same for every way to send it.

use jiff::Timestamp;
use lettre::{
    Message,
    message::{
        Mailbox, SinglePart,
        header::{HeaderName, HeaderValue},
    },
};

use super::{Adresse, Epost, Grunn, SendFeil};

/// The name beside the address that an e-mail is from.
const AVSENDER: &str = "Meldeport";

/// Headers and body as they go to the mail server, and the envelope.
pub(super) fn message(fra: &Adresse, epost: &Epost) -> Result<Message, SendFeil> {
    if epost.til.is_empty() {
        return Err(SendFeil::Permanent(Grunn::IngenMottaker));
    }
    // RFC 3834: no out-of-office reply to this one.
    let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
    let mut builder = Message::builder()
        .from(Mailbox::new(Some(AVSENDER.to_owned()), fra.to_lettre()))
        .subject(one_line(&epost.emne))
        // The header's type ends with a panic on times before 1970.
        .date(epost.tidspunkt.max(Timestamp::UNIX_EPOCH).into())
        .message_id(Some(format!("<{}@{}>", epost.id, fra.domain())))
        .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()));
    for til in &epost.til {
        builder = builder.to(Mailbox::new(None, til.to_lettre()));
    }
    // `singlepart` and not `body`, which leaves out MIME-Version.
    builder.singlepart(SinglePart::plain(epost.tekst.clone())).map_err(|_| SendFeil::Permanent(Grunn::Form))
}

/// The text without line breaks and other control characters, which have no place in a header.
pub(super) fn one_line(text: &str) -> String {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    words.join(" ")
}
