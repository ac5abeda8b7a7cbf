//! Retiring a product on a date, and cancelling that.

use leptos::prelude::*;

use super::remove::recent_callers;
use crate::actions::products::RetireProduct;
use crate::components::confirm_menu::ConfirmMenu;
use crate::components::fields::{FormAlert, TextField};
use crate::components::form_state::error_of;
use crate::components::submit::Submit;
use crate::components::time::Time;
use crate::types::change::Affected;
use crate::types::time::Timestamp;

#[component]
pub fn RetireCard(
    id: String,
    retires_at: Option<Timestamp>,
    /// Keys that called it in the last 30 days.
    callers: Vec<Affected>,
    /// Whether there are more.
    has_more: bool,
    action: ServerAction<RetireProduct>,
) -> impl IntoView {
    let error = error_of(action);
    let day = retires_at
        .map(|at| at.to_string().chars().take(10).collect::<String>())
        .unwrap_or_default();
    let id = StoredValue::new(id);
    view! {
        <section class="card" aria-labelledby="retire">
            <h2 id="retire">"Retire"</h2>
            <div class="stack mt-2">
                <p>
                    "A product that is to be retired is deprecated immediately: responses carry Deprecation and Sunset, and nobody can subscribe to it. Subscribers and everyone who called it in the last 30 days are notified. On the date, their subscriptions end, also at Stripe, and calls return 404."
                </p>
                {retires_at.map(|at| view! { <p class="alert alert-warn">"It is retired on " <Time at day=true /> " (UTC)."</p> })}
                <div>
                    <ConfirmMenu label="Retire product" class="btn btn-danger" open=Signal::derive(move || error.with(Option::is_some))>
                        <p>"Subscribers and callers are notified immediately. From the day that you choose, every call fails with 404."</p>
                        <p>{recent_callers(&callers, has_more)}</p>
                        <ActionForm action=action>
                            <FormAlert error />
                            <input type="hidden" name="id" value=id.get_value() />
                            <TextField name="on" label="First day without it (UTC)" kind="date" value=day error />
                            <div class="form-actions"><Submit label="Retire product" pending=action.pending() class="btn btn-danger" /></div>
                        </ActionForm>
                    </ConfirmMenu>
                </div>
                {retires_at
                    .map(|_| {
                        view! {
                            <ActionForm action=action>
                                <input type="hidden" name="id" value=id.get_value() />
                                <div class="form-actions"><Submit label="Cancel retirement" pending=action.pending() class="btn" /></div>
                            </ActionForm>
                        }
                    })}
            </div>
        </section>
    }
}
