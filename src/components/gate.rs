//! Links from public pages into the dashboard.

use leptos::prelude::*;

use super::format::encode;
use super::session::use_session;

/// A link to a page of the dashboard. It leads visitors without a session to the sign-up and, after
/// signing up or logging in, to exactly that page.
#[component]
pub fn GateLink(
    #[prop(into)] href: String,
    class: &'static str,
    #[prop(into)] label: String,
) -> impl IntoView {
    let session = use_session();
    let sign_up = format!("/signup?next={}", encode(&href));
    let link = {
        let (sign_up, label) = (sign_up.clone(), label.clone());
        move || {
            let (href, sign_up, label) = (href.clone(), sign_up.clone(), label.clone());
            Suspend::new(async move {
                let to = if session.me().await.is_ok() { href } else { sign_up };
                view! { <a class=class href=to>{label}</a> }
            })
        }
    };
    view! { <Transition fallback=move || view! { <a class=class href=sign_up.clone()>{label.clone()}</a> }>{link}</Transition> }
}

/// The page for creating a key for all operations of a product; for the platform, with a free
/// choice of scopes.
pub fn new_key_href(product: &str) -> String {
    if product == crate::types::product::PLATFORM {
        return "/dashboard/keys/new".to_owned();
    }
    // Not encoded: the router decodes `next=` twice, and ids of products need no escapes.
    format!("/dashboard/keys/new?scopes={product}:*")
}

/// The page for choosing a plan of a product, with the preview of the change.
pub fn plan_href(product: &str, plan: &str) -> String {
    format!("/dashboard/billing?product={}&plan={}", encode(product), encode(plan))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_name_the_product_and_the_plan() {
        assert_eq!(new_key_href("pets"), "/dashboard/keys/new?scopes=pets:*");
        assert_eq!(new_key_href("platform"), "/dashboard/keys/new");
        assert_eq!(plan_href("pets", "plan_1"), "/dashboard/billing?product=pets&plan=plan_1");
    }
}
