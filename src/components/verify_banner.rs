//! Asks to verify the e-mail address.

use leptos::prelude::*;

use super::fields::FormAlert;
use super::form_state::{error_of, succeeded};
use super::submit::{Done, Submit};
use crate::actions::auth::ResendVerification;
use crate::types::account::Me;

/// Shown until the address is verified; sends the link again.
#[component]
pub fn VerifyBanner(me: Me) -> impl IntoView {
    let resend = ServerAction::<ResendVerification>::new();
    view! {
        <section class="border-b border-line bg-warn-soft px-4 py-2 lg:px-8" aria-label="Verify your e-mail address">
            <div class="row">
                <span>"Verify your e-mail address: open the link we sent to " <strong>{me.email}</strong> "."</span>
                <ActionForm action=resend>
                    <Submit label="Send again" pending=resend.pending() class="btn btn-sm" />
                </ActionForm>
                {me.dev_outbox.then(|| view! { <a class="link" href="/dev/outbox">"Open the outbox"</a> })}
                <Done when=succeeded(resend) text="Sent." />
            </div>
            <FormAlert error=error_of(resend) />
        </section>
    }
}
