//! `/dashboard/live?env=sandbox`: server-sent events with new usage, for the dashboard.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use serde::Deserialize;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio_stream::wrappers::BroadcastStream;
use tokio_util::sync::CancellationToken;

use crate::server::access::{Permit, ReadUsage};
use crate::server::accounts::sessions;
use crate::server::db::{Change, Db};
use crate::server::{App, Result};
use crate::types::environment::Environment;
use crate::types::usage::LiveUsage;
use crate::web::session;
use crate::web::session::Visitor;

/// The maximum lifetime of a stream; the browser then opens another. This covers changes that are
/// not announced, such as an expired session.
const LIFETIME: Duration = Duration::from_secs(120);
/// Changes that a stream may lag behind before it checks its session in any case.
const CHANGES: usize = 64;

/// The people whose sessions or memberships have changed, for all streams; `None` if it may have
/// been anybody.
#[derive(Clone)]
pub struct Ended(broadcast::Sender<Option<Arc<str>>>);

impl Ended {
    pub fn listen(db: &Db) -> Self {
        let (changed, _) = broadcast::channel(CHANGES);
        let update = changed.clone();
        db.changes().listen(move |change| {
            let person = match change {
                Change::Person(id) => Some(Arc::from(id.as_str())),
                Change::Unsure | Change::Everything => None,
                _ => return,
            };
            // Fails only without listeners.
            let _ = update.send(person);
        });
        Self(changed)
    }
}

#[derive(Deserialize)]
pub struct LiveQuery {
    #[serde(default)]
    env: Environment,
}

pub async fn stream(
    State((app, stop, ended)): State<(App, CancellationToken, Ended)>,
    Query(query): Query<LiveQuery>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    // Subscribed before the permission is checked, so that no later change is missed.
    let changes = ended.0.subscribe();
    let permit = match session::org_permit::<ReadUsage>(&app, &parts).await {
        Ok(permit) => permit,
        Err(error) => {
            let status = StatusCode::from_u16(error.code().status())
                .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            return status.into_response();
        }
    };
    let events = BroadcastStream::new(app.live.listen());
    let visitor = session::visitor_of(&parts);
    let org = permit.org.clone();
    let over = async move {
        let forbidden = forbidden(&app, &visitor, &permit, changes);
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(LIFETIME) => {}
            () = forbidden => {}
        }
    };
    let events = events.take_until(Box::pin(over)).filter_map(move |update| {
        let event = match update {
            Ok(counted) if counted.org == org && counted.environment == query.env => {
                Event::default().event("usage").json_data(LiveUsage { points: counted.points }).ok()
            }
            Ok(_) => None,
            // Too slow: the page loads the whole chart again.
            Err(_) => Some(Event::default().event("reload").data("")),
        };
        std::future::ready(event.map(Ok::<_, Infallible>))
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))).into_response()
}

/// Returns when the visitor may no longer read this: they logged out, their session was revoked, or
/// they lost their membership.
async fn forbidden(
    app: &App,
    visitor: &Visitor,
    permit: &Permit<ReadUsage>,
    mut changes: broadcast::Receiver<Option<Arc<str>>>,
) {
    loop {
        match changes.recv().await {
            Ok(Some(person)) if person != permit.actor.id => {}
            Ok(_) | Err(RecvError::Lagged(_)) => {
                // If the check fails, the stream ends as well; the browser opens another.
                if !matches!(is_permitted(app, visitor, permit).await, Ok(true)) {
                    return;
                }
            }
            Err(RecvError::Closed) => return,
        }
    }
}

async fn is_permitted(app: &App, visitor: &Visitor, permit: &Permit<ReadUsage>) -> Result<bool> {
    let session = sessions::find(&app.db, visitor, app.clock.now()).await?;
    Ok(session.is_some_and(|session| {
        session.permit::<ReadUsage>().is_ok_and(|now| now.org == permit.org)
    }))
}
