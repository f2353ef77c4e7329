//! The parts of a multipart body, each in one piece of memory.

use bytes::Bytes;
use multer::{Field, Multipart};
use poem::{
    Request, RequestBody, Result,
    http::header::{self, HeaderMap},
};

use super::problem::error;
use crate::model::Feilkode;

/// The parts of a body, which [`super::body`] has put a bound on.
///
/// By `multer` itself, and not by the extractor that poem has on top of it: that one cuts what has come into pieces of four
/// kilobytes, and puts a part together from two at a time.
pub struct Parts {
    parts: Multipart<'static>,
    /// How long the body is, as far as that was said.
    left: usize,
}

impl Parts {
    pub fn of(request: &Request, body: &mut RequestBody) -> Result<Self> {
        let kind = request.content_type().unwrap_or_default();
        let boundary = multer::parse_boundary(kind).map_err(unreadable)?;
        let body = body.take().map_err(|_| error(Feilkode::Kropp))?;
        let parts = Multipart::new(body.into_bytes_stream(), boundary);
        Ok(Self { parts, left: declared(request.headers()).unwrap_or(0) })
    }

    pub async fn next(&mut self) -> Result<Option<Field<'static>>> {
        self.parts.next_field().await.map_err(unreadable)
    }

    /// All of a part.
    pub async fn read(&mut self, mut part: Field<'static>) -> Result<Bytes> {
        // It may be all of the body but for a few lines; what is not needed is given back.
        let mut content = Vec::with_capacity(self.left);
        while let Some(piece) = part.chunk().await.map_err(unreadable)? {
            content.extend_from_slice(&piece);
        }
        self.left = self.left.saturating_sub(content.len());
        content.shrink_to_fit();
        Ok(content.into())
    }
}

fn declared(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn unreadable(_: multer::Error) -> poem::Error {
    error(Feilkode::Kropp)
}
