//! Fetching the ciphertext: picked up where it broke, counted and compared with what the listing promised.

use base64::{Engine, engine::general_purpose::STANDARD};
use openssl::sha::sha256;
use reqwest::{Response, StatusCode, header};

use super::{
    api::{Api, Resume},
    error::{ApiError, Peer},
    wire::Melding,
};

/// Ciphertext is held in memory; a listing that promises more than this is not believed.
const LARGEST: u64 = 512 * 1024 * 1024;

#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    #[error(transparent)]
    Api(#[from] ApiError),
    #[error("innholdet har ikke kontrollsummen som listen oppgir, heller ikke ved nytt forsøk")]
    Damaged,
    #[error("meldingen er oppgitt til {0} byte, mer enn klienten tar imot")]
    TooLarge(u64),
}

/// What has come so far. It outlives a broken connection, not the process.
#[derive(Default)]
struct Partial {
    bytes: Vec<u8>,
    etag: Option<String>,
}

/// Downloads the ciphertext of a report and proves it whole. `progress` is told how many bytes have come.
pub async fn download(api: &Api, melding: &Melding, progress: &(dyn Fn(u64) + Sync)) -> Result<Vec<u8>, DownloadError> {
    if melding.storrelse > LARGEST {
        return Err(DownloadError::TooLarge(melding.storrelse));
    }
    let promised = hex::decode(&melding.sha256).unwrap_or_default();
    for _ in 0..2 {
        let (mut partial, mut tries) = (Partial::default(), api.tries());
        while let Err(error) = more(api, melding, &mut partial, progress).await {
            tries.pause(error).await?;
        }
        if partial.bytes.len() as u64 == melding.storrelse && sha256(&partial.bytes).as_slice() == promised {
            return Ok(partial.bytes);
        }
    }
    Err(DownloadError::Damaged)
}

/// One connection's worth. Whatever came before it broke stays in `partial`.
async fn more(
    api: &Api,
    melding: &Melding,
    partial: &mut Partial,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<(), ApiError> {
    let from = partial.bytes.len() as u64;
    if from > 0 && from == melding.storrelse {
        return Ok(());
    }
    let resume = match &partial.etag {
        Some(etag) if from > 0 => Some(Resume { from, etag: etag.clone() }),
        _ => None,
    };
    let mut response = match api.content(melding.bekymringsmelding_id, resume.as_ref()).await {
        Err(error) if error.status() == Some(416) => {
            *partial = Partial::default();
            return Err(broken("serveren kan ikke fortsette overføringen"));
        }
        other => other?,
    };
    // A whole answer to a request for the rest: the content is another one, or ranges are not supported.
    let resumed = response.status() == StatusCode::PARTIAL_CONTENT;
    if resumed && content_range_start(&response) != Some(from) {
        *partial = Partial::default();
        return Err(broken("serveren fortsatte overføringen på feil sted"));
    }
    if !resumed {
        *partial = Partial { bytes: Vec::new(), etag: strong_etag(&response) };
    }
    let digest = content_digest(&response);
    while let Some(chunk) = response.chunk().await.map_err(|error| ApiError::connection(Peer::Gateway, error))? {
        if (partial.bytes.len() + chunk.len()) as u64 > melding.storrelse {
            let reason = format!("innholdet er større enn de {} byte som listen oppgir", melding.storrelse);
            return Err(ApiError::Unexpected { peer: Peer::Gateway, reason });
        }
        partial.bytes.extend_from_slice(&chunk);
        progress(partial.bytes.len() as u64);
    }
    if (partial.bytes.len() as u64) < melding.storrelse {
        return Err(broken("overføringen ble avbrutt"));
    }
    // Content-Digest is of this answer's content (RFC 9530). Of a part it proves less than the listing's sum does of
    // the whole, so only that of a whole answer is compared.
    if !resumed && digest.is_some_and(|digest| digest != sha256(&partial.bytes)) {
        *partial = Partial::default();
        return Err(broken("innholdet stemmer ikke med Content-Digest"));
    }
    Ok(())
}

/// Worth another try at once.
fn broken(reason: &str) -> ApiError {
    ApiError::Connection { peer: Peer::Gateway, reason: reason.to_owned() }
}

/// If-Range takes only a strong tag.
fn strong_etag(response: &Response) -> Option<String> {
    let etag = response.headers().get(header::ETAG)?.to_str().ok()?;
    etag.starts_with('"').then(|| etag.to_owned())
}

/// The first position of `Content-Range: bytes 100-199/200`.
fn content_range_start(response: &Response) -> Option<u64> {
    let value = response.headers().get(header::CONTENT_RANGE)?.to_str().ok()?;
    value.strip_prefix("bytes ")?.split('-').next()?.trim().parse().ok()
}

/// The member `sha-256=:…:` of `Content-Digest`.
fn content_digest(response: &Response) -> Option<Vec<u8>> {
    let value = response.headers().get("content-digest")?.to_str().ok()?;
    let member = value.split(',').find_map(|member| member.trim().strip_prefix("sha-256=:"))?;
    STANDARD.decode(member.strip_suffix(':')?).ok()
}
