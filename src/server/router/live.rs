//! `/dashboard/live?env=sandbox`: server-sent events that tell a dashboard what was just counted.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use serde::Deserialize;
use tokio_stream::wrappers::BroadcastStream;
use tokio_util::sync::CancellationToken;

use crate::server::access::ReadUsage;
use crate::server::{App, session};
use crate::types::environment::Environment;
use crate::types::usage::LiveUsage;

const LIFETIME: Duration = Duration::from_secs(120);

#[derive(Deserialize)]
pub struct LiveQuery {
    #[serde(default)]
    env: Environment,
}

pub async fn stream(State((app, stop)): State<(App, CancellationToken)>, Query(query): Query<LiveQuery>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let permit = match session::org_permit::<ReadUsage>(&app, &parts).await {
        Ok(permit) => permit,
        Err(error) => {
            let status = StatusCode::from_u16(error.code().status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            return status.into_response();
        }
    };
    // A stream ends now and then, and the browser opens another: so it does not outlive its permission.
    let over = async move { tokio::time::timeout(LIFETIME, stop.cancelled_owned()).await };
    let events = BroadcastStream::new(app.live.listen()).take_until(over).filter_map(move |told| {
        let event = match told {
            Ok(counted) if counted.org == permit.org && counted.environment == query.env => {
                Event::default().event("usage").json_data(LiveUsage { points: counted.points }).ok()
            }
            Ok(_) => None,
            // Too slow to keep up: the page fetches the whole chart again.
            Err(_) => Some(Event::default().event("reload").data("")),
        };
        std::future::ready(event.map(Ok::<_, Infallible>))
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))).into_response()
}
