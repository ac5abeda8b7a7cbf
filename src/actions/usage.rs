//! Usage.

use leptos::prelude::*;

use crate::actions::error::UiError;
use crate::types::environment::Environment;
use crate::types::usage::Overview;

/// The last 24 hours of one environment.
#[server(name = LoadOverview, endpoint = "overview")]
pub async fn load_overview(environment: Environment) -> Result<Overview, UiError> {
    use crate::server::access::ReadUsage;
    use crate::server::usage_limits;
    use crate::web::session;

    let (app, permit) = session::permit::<ReadUsage>().await?;
    Ok(usage_limits::overview(&app.db, &permit, environment, app.clock.now()).await?)
}
