//! Who changed what.

use leptos::prelude::*;

use crate::actions::audit::list_audit;
use crate::components::audit_list::audit_list;
use crate::components::environment::{env_href, use_env};
use crate::components::page_head::PageHead;

#[component]
pub fn AuditPage() -> impl IntoView {
    let env = use_env();
    view! {
        <PageHead title="Audit" lead="Every change in this organisation: who made it, with the values before and after." />
        {audit_list(
            list_audit,
            move || env_href("/dashboard/audit", env.get_untracked()),
            "Changes such as a new key or an invitation are listed here.",
        )}
    }
}
