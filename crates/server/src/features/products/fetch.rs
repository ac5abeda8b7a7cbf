//! Fetches documents from their published URLs.

use std::time::Duration;

use axum::http::Request;
use axum::http::header::{ACCEPT, USER_AGENT};
use http_body_util::Full;
use tokio::runtime::Handle;
use tokio::time::Instant;
use tollgate_openapi::spec::MAX_DOCUMENT;
use tollgate_openapi::spec::bundle::{Root, needs_files};
use tollgate_proxy::outbound::{Outbound, check_url};
use tollgate_types::code::Code;
use tollgate_types::product::ProductId;
use tollgate_types::time::{HOUR, Timestamp};
use url::Url;

use super::{Registration, publish, register, sources, store};
use crate::access::Operator;
use crate::{Base, Error, Result};

const DEADLINE: Duration = Duration::from_secs(10);
/// For all files of one document.
const ALL_FILES: Duration = Duration::from_secs(60);
const REDIRECTS: usize = 3;
/// How often a published document is fetched again.
const EVERY: i64 = HOUR;

/// The document at `url`, at most 32 MiB, from public addresses only. If it refers to other files
/// below its folder, they are fetched as well, and all become one document. A ZIP archive is
/// unpacked.
///
/// # Errors
/// `validation_failed` with the cause for the field `source_url`, or with every fault of the files.
pub async fn fetch(outbound: &Outbound, url: &str) -> Result<Vec<u8>> {
    let (url, document) = fetch_file(outbound, url).await?;
    if !needs_files(&document) {
        return sources::unpacked(document).await;
    }
    let (outbound, runtime) = (outbound.clone(), Handle::current());
    let until = Instant::now() + ALL_FILES;
    let made = tokio::task::spawn_blocking(move || {
        let root = url.path_segments().and_then(Iterator::last).unwrap_or_default();
        let root = if root.is_empty() { "openapi" } else { root };
        let mut load = |path: &str| {
            if path == root {
                return Ok(document.clone());
            }
            let url = url.join(path).map_err(|error| error.to_string())?;
            let fetching = tokio::time::timeout_at(until, fetch_file(&outbound, url.as_str()));
            let fetched = runtime.block_on(fetching);
            let fetched = fetched.map_err(|_| "all files together take too long".to_owned())?;
            fetched.map(|(_, file)| file).map_err(|error| error.to_string())
        };
        sources::joined(Root { path: root, url: Some(url.as_str()) }, &mut load)
    });
    let joined = made.await.map_err(anyhow::Error::from)?;
    joined.map(|(document, _)| document).map_err(register::refused)
}

/// One file within 10 s, with its URL after redirects.
async fn fetch_file(outbound: &Outbound, url: &str) -> Result<(Url, Vec<u8>)> {
    let refused = |message: String| Error::field("source_url", "unreachable", message);
    let mut url = check_url(url, outbound.reach()).map_err(|fault| refused(fault.to_string()))?;
    for _ in 0..=REDIRECTS {
        let request = Request::get(url.as_str())
            .header(ACCEPT, "application/json, application/yaml, text/yaml, */*;q=0.5")
            .header(USER_AGENT, concat!("Tollgate/", env!("CARGO_PKG_VERSION")))
            .body(Full::default())
            .map_err(anyhow::Error::from)?;
        let response = outbound
            .send(request, MAX_DOCUMENT, DEADLINE)
            .await
            .map_err(|failure| refused(format!("{failure}.")))?;
        if response.status.is_redirection() {
            let target = response
                .headers
                .get("location")
                .and_then(|target| url.join(target.to_str().ok()?).ok());
            let target =
                target.ok_or_else(|| refused("The server redirects without a target.".into()))?;
            // Checked like the first URL: redirects are a common way around such checks.
            url = check_url(target.as_str(), outbound.reach())
                .map_err(|fault| refused(format!("The server redirects. {fault}")))?;
            continue;
        }
        if !response.status.is_success() {
            return Err(refused(format!("The server responded with {}.", response.status)));
        }
        if response.is_cut {
            return Err(refused(format!(
                "The document is larger than {} MiB.",
                MAX_DOCUMENT >> 20
            )));
        }
        return Ok((url, response.body.into()));
    }
    Err(refused(format!("The server redirects more than {REDIRECTS} times.")))
}

/// Fetches documents again whose last fetch is an hour ago or more. A faulty or unreachable
/// document does not change the product, and the operator sees the error.
pub async fn fetch_again(base: &Base, now: Timestamp) -> Result<()> {
    for row in store::list(&base.db).await? {
        let Some(url) = row.source_url.as_deref() else { continue };
        if row.fetched_at.is_some_and(|at| at > now.0 - EVERY) || !claim(base, &row, now).await? {
            continue;
        }
        let Ok(id) = row.id.parse::<ProductId>() else { continue };
        let outcome = match fetch(&base.outbound, url).await {
            Ok(document) => {
                let wanted = Registration { document: Some(document), ..Registration::default() };
                publish(&base.db, &base.config, &Operator::portal(), &id, wanted, now).await
            }
            Err(error) => Err(error),
        };
        let error = match outcome {
            Ok(_) => String::new(),
            Err(Error::Problem(problem)) => problem.detail,
            Err(other) => return Err(other),
        };
        let mut tx = base.db.begin().await?;
        store::note_fetch(&mut tx, &row.id, &error).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Fetches a product's document immediately, and registers it if it is valid. True if it has
/// changed.
///
/// # Errors
/// `not_found`; `conflict` for a product without a URL; `validation_failed` with all faults.
pub async fn refetch(
    base: &Base,
    operator: &Operator,
    id: &ProductId,
    now: Timestamp,
) -> Result<bool> {
    let row =
        store::find(&base.db, id.as_str()).await?.ok_or_else(|| Error::not_found("product"))?;
    let url = row.source_url.as_deref().ok_or_else(|| {
        Error::new(Code::Conflict, "This product's document cannot be fetched: no URL is stored.")
    })?;
    let document = fetch(&base.outbound, url).await?;
    let wanted = Registration { document: Some(document), ..Registration::default() };
    let published = publish(&base.db, &base.config, operator, id, wanted, now).await?;
    let mut tx = base.db.begin().await?;
    store::claim_fetch(&mut tx, &row.id, row.fetched_at, now).await?;
    store::note_fetch(&mut tx, &row.id, "").await?;
    tx.commit().await?;
    Ok(published.is_changed)
}

/// Claims the next fetch of this product, unless another instance did.
async fn claim(base: &Base, row: &store::ProductRow, now: Timestamp) -> Result<bool> {
    let mut tx = base.db.begin().await?;
    let is_mine = store::claim_fetch(&mut tx, &row.id, row.fetched_at, now).await?;
    tx.commit().await?;
    Ok(is_mine)
}
