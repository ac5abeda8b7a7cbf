//! What operators did.

use leptos::prelude::*;

use crate::actions::audit::list_operators_audit;
use crate::components::audit_list::audit_list;
use crate::components::page_head::PageHead;

#[component]
pub fn AdminAuditPage() -> impl IntoView {
    view! {
        <PageHead
            title="Audit log"
            lead="Every change to products, plans and admin tokens, and every access to a signing secret: who made it, with the values before and after."
        />
        {audit_list(
            list_operators_audit,
            || "/admin/audit".to_owned(),
            "Changes such as a new product or an admin token are listed here.",
        )}
    }
}
