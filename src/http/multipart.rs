//! The parts of a multipart body, each in one piece of memory.

use bytes::Bytes;
use multer::{Field, Multipart};
use poem::{Request, RequestBody, Result};

use super::{body::declared, problem::error};
use crate::{domain::mottak::MAX_INNHOLD, model::Feilkode};

/// The parts of a body, which [`super::body`] has put a bound on.
///
/// By `multer` itself, and not by the extractor that poem has on top of it: that one cuts what has come into pieces of four
/// kilobytes, and puts a part together from two at a time.
pub struct Parts {
    parts: Multipart<'static>,
    /// How much of the body may still come, as far as that was said.
    left: usize,
}

impl Parts {
    pub fn of(request: &Request, body: &mut RequestBody) -> Result<Self> {
        let kind = request.content_type().unwrap_or_default();
        let boundary = multer::parse_boundary(kind).map_err(unreadable)?;
        let body = body.take().map_err(|_| error(Feilkode::Kropp))?;
        let left = declared(request).and_then(|length| usize::try_from(length).ok()).unwrap_or(0).min(MAX_INNHOLD);
        Ok(Self { parts: Multipart::new(body.into_bytes_stream(), boundary), left })
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

fn unreadable(_: multer::Error) -> poem::Error {
    error(Feilkode::Kropp)
}
