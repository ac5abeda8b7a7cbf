//! Events.

use leptos::prelude::*;

use crate::actions::error::UiError;
use crate::types::environment::Environment;
use crate::types::event::{Event, EventDetail};
use crate::types::page::Page;

/// Events, newest first; optionally only those of a type or pattern.
#[server(name = ListEvents, endpoint = "list_events")]
pub async fn list_events(
    environment: Environment,
    #[server(default)] kind: String,
    cursor: Option<String>,
) -> Result<Page<Event>, UiError> {
    use crate::server::webhooks::events;
    use crate::web::session;

    let (app, permit) = session::permit().await?;
    let cursor = cursor.and_then(|text| text.parse().ok());
    Ok(events::list(
        &app.db,
        &permit,
        environment,
        Some(&*kind).filter(|kind| !kind.is_empty()),
        cursor.as_ref(),
        25,
    )
    .await?)
}

/// One event with its deliveries.
#[server(name = GetEvent, endpoint = "get_event")]
pub async fn get_event(environment: Environment, id: String) -> Result<EventDetail, UiError> {
    use crate::server::Error;
    use crate::server::webhooks::events;
    use crate::types::code::Code;
    use crate::web::session;

    let (app, permit) = session::permit().await?;
    let id = id.parse().map_err(|_| Error::not_found("event"))?;
    // A pasted link, or an id that was looked up, may refer to an event of the other environment.
    match events::detail(&app.db, &permit, environment, &id).await {
        Err(error) if error.code() == Code::NotFound => {
            Ok(events::detail(&app.db, &permit, environment.other(), &id).await?)
        }
        found => Ok(found?),
    }
}
