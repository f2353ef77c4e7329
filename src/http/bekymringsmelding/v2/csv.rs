//! The administrator's list as a file, written row by row while the reports are read.
//!
//! It is RFC 4180 (comma, CRLF, quotes where needed) in UTF-8 with a byte order mark, without which Excel takes it for another
//! encoding. A cell that a spreadsheet would run as a formula gets an apostrophe before it (OWASP, «CSV Injection»).

use std::{borrow::Cow, io};

use bytes::Bytes;
use csv::{Terminator, WriterBuilder};
use futures_util::{Stream, StreamExt as _, stream};
use poem::{Body, IntoResponse, Response, http::header};
use poem_openapi::{
    ApiResponse,
    registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, Registry},
    types::Type,
};

use crate::{
    domain::{Result, admin::Rad},
    http::wire::Tidspunkt,
};

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The same names as in the list.
const HEADINGS: [&str; 10] = [
    "bekymringsmeldingId",
    "fiksOrgId",
    "bydelRessursId",
    "bydelsnavn",
    "innsendt",
    "bekreftet",
    "tilstand",
    "kanal",
    "fraFagsystem",
    "skjemaType",
];

#[derive(Debug)]
pub struct Csv(Response);

impl IntoResponse for Csv {
    fn into_response(self) -> Response {
        self.0
    }
}

impl ApiResponse for Csv {
    fn meta() -> MetaResponses {
        let content = MetaMediaType { content_type: "text/csv", schema: String::schema_ref() };
        let header = MetaHeader {
            name: "Content-Disposition".to_owned(),
            description: Some("`attachment` med et filnavn.".to_owned()),
            required: true,
            deprecated: false,
            schema: String::schema_ref(),
        };
        let response = MetaResponse {
            description: "En rad for hver melding etter RFC 4180, i UTF-8 med BOM. Første rad er overskrifter.",
            status: Some(200),
            status_range: None,
            content: vec![content],
            headers: vec![header],
        };
        MetaResponses { responses: vec![response] }
    }

    fn register(_: &mut Registry) {}
}

impl Csv {
    /// An error on the way breaks the connection off, so that nobody takes a part for the whole.
    pub fn new(pages: impl Stream<Item = Result<Vec<Rad>>> + Send + 'static) -> Self {
        let headings = stream::once(async {
            Ok(Bytes::from([BYTE_ORDER_MARK.as_bytes(), &lines([HEADINGS.map(Cow::Borrowed)])?].concat()))
        });
        let rows = pages.map(|page| match page {
            Ok(rows) => lines(rows.iter().map(cells)).map(Bytes::from),
            Err(error) => {
                tracing::error!(%error, "a file was broken off");
                Err(io::Error::other("the rest could not be read"))
            }
        });
        let response = Response::builder()
            .content_type("text/csv; charset=utf-8; header=present")
            .header(header::CONTENT_DISPOSITION, "attachment; filename=\"bekymringsmeldinger.csv\"");
        Self(response.body(Body::from_bytes_stream(headings.chain(rows))))
    }
}

fn lines<'a>(rows: impl IntoIterator<Item = [Cow<'a, str>; 10]>) -> io::Result<Vec<u8>> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row.iter().map(|cell| harmless(cell).into_owned())).map_err(io::Error::other)?;
    }
    writer.into_inner().map_err(|error| io::Error::other(error.to_string()))
}

fn cells(Rad { melding, bydelsnavn }: &Rad) -> [Cow<'_, str>; 10] {
    [
        melding.id.to_string().into(),
        melding.mottaker.to_string().into(),
        melding.bydel.to_string().into(),
        bydelsnavn.into(),
        Tidspunkt(melding.mottatt).text().into(),
        melding.levert.map(|at| Tidspunkt(at).text()).unwrap_or_default().into(),
        melding.tilstand.as_str().into(),
        melding.kanal.to_string().into(),
        melding.fra_fagsystem.to_string().into(),
        melding.skjematype.as_str().into(),
    ]
}

/// What a spreadsheet would run, made into text. Some of them know the wide forms, too.
fn harmless(cell: &str) -> Cow<'_, str> {
    const BEGINS_A_FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    if cell.starts_with(BEGINS_A_FORMULA) { format!("'{cell}").into() } else { cell.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(cell: &str) -> String {
        let mut row = HEADINGS.map(|_| Cow::Borrowed(""));
        row[0] = cell.into();
        String::from_utf8(lines([row]).unwrap()).unwrap()
    }

    #[test]
    fn nothing_is_run_and_nothing_breaks_a_row() {
        for (cell, first) in [
            ("Lillevik øst", "Lillevik øst"),
            ("a, \"b\"\r\nc", "\"a, \"\"b\"\"\r\nc\""),
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("+47", "'+47"),
            ("-1", "'-1"),
            ("\t=1", "'\t=1"),
            ("\r=1", "\"'\r=1\""),
            ("＝1", "'＝1"),
            ("a=1", "a=1"),
        ] {
            assert_eq!(written(cell), format!("{first},,,,,,,,,\r\n"));
        }
    }
}
