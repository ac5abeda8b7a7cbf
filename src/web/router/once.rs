//! Forms whose result is shown once: each is carried out once, also if the browser sends it again,
//! because the page with the result was reloaded or a button was clicked twice. The form has a
//! random id. A claim in the database, as for an `Idempotency-Key`, stands for the id with the
//! sent values, so all instances know it, and changed values are another form. It is kept as long
//! as other claims are.

use std::sync::Arc;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use url::form_urlencoded::Serializer;

use super::admin_door::{page, status};
use super::secret_forms::field;
use crate::components::one_time::FORM_ID;
use crate::pages::sent_before::sent_before;
use crate::server::idempotency::{
    Claimed, Fingerprint, IdempotencyKey, Scope, StoredResponse, claim,
};
use crate::server::{App, Error, Result, db, random};
use crate::types::code::Code;
use crate::types::environment::Environment;
use crate::web::Site;

/// The maximum length of a form's id.
const MAX_ID: usize = 64;
/// How often, and how long after each other, a repetition looks whether the first one has ended.
const TRIES: usize = 50;
const PAUSE: Duration = Duration::from_millis(100);

/// What a form did, for its repetitions. Without the secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Earlier {
    /// A sentence.
    pub what: String,
    /// What to do if the secret was not stored.
    pub lost: String,
    /// The page of the object, and the text of a link to it.
    pub href: String,
    pub link: String,
}

pub enum Once<T> {
    Made(T),
    Repeated(Earlier),
}

/// The form as it was sent.
pub struct Sent<'a> {
    /// Id of the organisation or of the operator.
    pub owner: String,
    pub path: &'a str,
    pub fields: &'a [(String, String)],
}

/// Carries out the form with `make`, unless it was carried out before. `make` continues if the
/// browser disconnects, as it does on a second click. A form without an id is carried out each
/// time.
pub async fn once<T: Send + 'static>(
    app: &Site,
    sent: Sent<'_>,
    describe: fn(&T) -> Earlier,
    make: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<Once<T>> {
    let Some(key) = key_of(&sent) else { return make.await.map(Once::Made) };
    let scope = Scope {
        owner: sent.owner.as_str().into(),
        // Forms have no environment: `live` stands for all.
        environment: Environment::Live,
        product: "form".into(),
        operation: sent.path.to_owned(),
        key,
    };
    let claim = match claimed(app, &scope).await? {
        Claimed::Mine(claim) => Arc::new(claim),
        Claimed::Stored(answer) => {
            let earlier = serde_json::from_slice(&answer.body.unwrap_or_default())?;
            return Ok(Once::Repeated(earlier));
        }
    };
    let server = app.app.clone();
    let made = app.calls.spawn(async move {
        let made = db::behind(Arc::clone(&claim) as _, make).await;
        let kept = match &made {
            Ok(made) => claim.store_response(&server.db, &stored(&describe(made))?).await,
            Err(_) => claim.release(&server.db).await,
        };
        // The result is shown in any case: the claim keeps repetitions from another one.
        if let Err(cause) = kept {
            tracing::warn!(%cause, "cannot store that a form was carried out");
        }
        made
    });
    made.await.map_err(anyhow::Error::from)?.map(Once::Made)
}

/// Claims the key, once a form that is being carried out has ended.
async fn claimed(app: &App, scope: &Scope) -> Result<Claimed> {
    let fingerprint = Fingerprint::of([b"POST", scope.operation.as_bytes(), b"", b""]);
    for _ in 0..TRIES {
        let by = random::id();
        match claim(&app.db, scope.clone(), fingerprint, &by, app.clock.now()).await {
            Err(error) if error.code() == Code::IdempotencyInFlight => {}
            Err(error) if error.code() == Code::Conflict => {
                return Err(Error::new(
                    Code::Conflict,
                    "This form was already sent and carried out, but its result was lost. Look at the list, and undo there what you do not need.",
                ));
            }
            other => return other,
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(Error::new(
        Code::Conflict,
        "This form was already sent and is still being carried out. Look at the list in a minute, before you send it again.",
    ))
}

fn stored(earlier: &Earlier) -> Result<StoredResponse> {
    let body = serde_json::to_vec(earlier)?;
    Ok(StoredResponse {
        status: 200,
        code: String::new(),
        headers: Vec::new(),
        body: Some(body.into()),
    })
}

/// The form's id with a hash of its values.
fn key_of(sent: &Sent) -> Option<IdempotencyKey> {
    let id = field(sent.fields, FORM_ID);
    if !(1..=MAX_ID).contains(&id.len()) {
        return None;
    }
    let values = Serializer::new(String::new()).extend_pairs(sent.fields).finish();
    let hash = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(values));
    IdempotencyKey::parse(format!("{id}.{hash}").as_bytes())
}

/// The page for a repetition.
pub fn repeated(app: &Site, earlier: Earlier) -> Response {
    let Earlier { what, lost, href, link } = earlier;
    let options = app.leptos.clone();
    (status(Code::Conflict), page(|| sent_before(options, what, lost, href, link))).into_response()
}
