//! Usage.

use leptos::prelude::*;

use crate::types::environment::Environment;
use crate::types::error::UiError;
use crate::types::usage::Overview;

/// The last 24 hours of one environment.
#[server(name = LoadOverview, endpoint = "overview")]
pub async fn load_overview(environment: Environment) -> Result<Overview, UiError> {
    use crate::server::access::ReadUsage;
    use crate::server::{session, usage};

    let (app, permit) = session::permit::<ReadUsage>().await?;
    Ok(usage::overview(&app.db, &permit, environment, app.clock.now()).await?)
}
