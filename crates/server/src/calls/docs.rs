//! What the product pages show, from the products' documents.

mod catalogue;
mod changelog;
mod download;
mod draft;
mod operation;
mod product;
mod sample;
mod schema;
mod scopes;
mod upstream_samples;

pub use catalogue::catalogue;
pub use download::{File, download};
pub use operation::operation;
pub use product::product;
pub use sample::print;
pub use schema::{schema, webhook};
pub use scopes::scopes;
pub use upstream_samples::upstream_samples;

use tollgate_types::docs::Limits;
use tollgate_types::plan::PlanRate;

use crate::App;
use crate::config::Rate;

/// The limits that apply if a plan sets none.
fn limits(app: &App) -> Limits {
    let rate = |rate: Rate| PlanRate { calls: rate.calls, seconds: rate.seconds, burst: None };
    Limits {
        key_rate: rate(app.config.limits.limit_key),
        org_rate: rate(app.config.limits.limit_org),
    }
}
