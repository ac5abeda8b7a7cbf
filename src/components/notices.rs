//! Notices for the organisation, until a member dismisses them.

use leptos::prelude::*;

use super::capped::Capped;
use super::fields::FormAlert;
use super::form_state::error_of;
use super::session::ForRole;
use super::time::Time;
use crate::actions::notices::{DismissNotice, list_notices};
use crate::types::bounds::NOTICES;
use crate::types::notice::NoticeView;
use crate::types::role::Role;

/// Empty without notices.
#[component]
pub fn Notices() -> impl IntoView {
    let dismiss = ServerAction::<DismissNotice>::new();
    let notices = Resource::new(move || dismiss.version().get(), |_| list_notices());
    let shown = move || {
        Suspend::new(async move {
            // Problems are reported by the page's own data.
            let notices = notices.await.unwrap_or_default();
            (!notices.is_empty()).then(|| {
                let shown = notices.len();
                let items = notices.into_iter().map(|notice| view! { <Item notice dismiss /> }).collect_view();
                view! {
                    <section class="stack mb-4" aria-label="Notices">
                        <FormAlert error=error_of(dismiss) />
                        {items}
                        <Capped shown most=NOTICES what="newest notices" others="Dismiss some to see older ones." />
                    </section>
                }
            })
        })
    };
    view! { <Transition>{shown}</Transition> }
}

#[component]
fn Item(notice: NoticeView, dismiss: ServerAction<DismissNotice>) -> impl IntoView {
    let id = StoredValue::new(notice.id.to_string());
    let label = StoredValue::new(format!("Dismiss: {}", notice.title));
    let body = notice
        .body
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| view! { <p>{line.to_owned()}</p> })
        .collect_view();
    view! {
        <article class="alert alert-warn">
            <h2>{notice.title}</h2>
            <div class="stack mt-1 gap-1">{body}</div>
            <div class="row mt-2">
                {(!notice.link.is_empty()).then(|| view! { <a class="link" href=notice.link rel="external">"Read its documentation"</a> })}
                <Time at=notice.created_at />
                <ForRole can=Role::can_manage_keys>
                    <ActionForm action=dismiss>
                        <input type="hidden" name="id" value=id.get_value() />
                        <button type="submit" class="btn btn-sm" aria-label=label.get_value()>"Dismiss"</button>
                    </ActionForm>
                </ForRole>
            </div>
        </article>
    }
}
