//! The secrets with which the product's server verifies requests from Tollgate: shown on request,
//! and rotated.

use leptos::prelude::*;

use super::Secrets;
use crate::actions::products::RotateSigningSecret;
use crate::components::copy_button::CopyButton;
use crate::components::fields::FormAlert;
use crate::components::form_state::{error_of, sent_values};
use crate::components::loaded::loaded;
use crate::components::submit::Submit;
use crate::components::time::Time;
use crate::types::product::SigningSecret;
use crate::types::rotation::Overlap;

#[component]
pub fn SigningCard(
    id: String,
    secrets: Secrets,
    rotate: ServerAction<RotateSigningSecret>,
) -> impl IntoView {
    let page = format!("/admin/products/{id}");
    let show = StoredValue::new(format!("{page}?signing=show#signing"));
    let hide = StoredValue::new(format!("{page}#signing"));
    let error = error_of(rotate);
    let chosen: Overlap =
        sent_values(error).and_then(|sent| sent.get("overlap")?.parse().ok()).unwrap_or_default();
    let choices = Overlap::ALL
        .map(|overlap| view! { <option value=overlap.as_str() selected=overlap == chosen>{overlap.label()}</option> })
        .collect_view();
    view! {
        <section class="card" aria-labelledby="signing">
            <h2 id="signing">"Signing secret"</h2>
            <div class="stack mt-2">
                <p>
                    "Tollgate signs every request to this product's server. "
                    <a class="link" href="/docs/upstream">"Verify Tollgate-Signature in your API"</a>
                    " with this secret. Each access to the secret is recorded in the audit log."
                </p>
                {loaded(
                    move || async move { secrets.await },
                    move || secrets.refetch(),
                    move |shown| match shown {
                        Some(secrets) => view! {
                            <ul class="stack">{secrets.into_iter().map(row).collect_view()}</ul>
                            <p><a class="link" href=hide.get_value()>"Hide the signing secret"</a></p>
                        }
                        .into_any(),
                        None => view! { <p><a class="btn" href=show.get_value()>"Show the signing secret"</a></p> }.into_any(),
                    },
                )}
                <ActionForm action=rotate>
                    <FormAlert error />
                    <input type="hidden" name="id" value=id />
                    <div class="field">
                        <label class="label" for="overlap">"The current secret expires"</label>
                        <select class="select" id="overlap" name="overlap" aria-describedby="overlap-hint">{choices}</select>
                        <p class="hint" id="overlap-hint">
                            "Until then, requests carry one signature per secret. \u{201c}Immediately\u{201d} also ends older secrets: a server that does not have the new secret yet will reject every request."
                        </p>
                    </div>
                    <div class="form-actions"><Submit label="Rotate signing secret" pending=rotate.pending() class="btn" /></div>
                </ActionForm>
            </div>
        </section>
    }
}

fn row(secret: SigningSecret) -> impl IntoView {
    let until = match secret.expires_at {
        Some(at) => view! { "signs until " <Time at long=true /> }.into_any(),
        None => "signs until it is rotated".into_any(),
    };
    view! {
        <li class="stack gap-1">
            <span class="row"><code class="break-all">{secret.secret.clone()}</code> <CopyButton text=secret.secret /></span>
            <span class="hint">"Created " <Time at=secret.created_at long=true /> ", " {until} "."</span>
        </li>
    }
}
