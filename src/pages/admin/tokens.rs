//! Tokens of the admin API.

use leptos::prelude::*;

use crate::actions::admin::{RevokeAdminToken, list_admin_tokens};
use crate::components::confirm_menu::ConfirmMenu;
use crate::components::empty::Empty;
use crate::components::fields::{FormAlert, TextField};
use crate::components::form_state::{error_of, error_of_form};
use crate::components::loaded::loaded;
use crate::components::one_time::OneTime;
use crate::components::page_head::PageHead;
use crate::components::table::Table;
use crate::components::time::{MaybeTime, Time};
use crate::types::admin::AdminTokenView;

/// The page, and the address of its form.
pub const TOKENS: &str = "/admin/tokens";

#[component]
pub fn TokensPage() -> impl IntoView {
    let revoke = ServerAction::<RevokeAdminToken>::new();
    let refused = error_of_form(TOKENS);
    let hint = "The program that will use the token. A token has all of your permissions.";
    let tokens = Resource::new(move || revoke.version().get(), |_| list_admin_tokens());
    view! {
        <PageHead title="Admin tokens" lead="Tokens with which your programs manage this portal through the admin API." />
        <FormAlert error=error_of(revoke) />
        <div class="stack gap-4">
            <section class="card" aria-labelledby="new-token">
                <h2 id="new-token">"New token"</h2>
                // An ordinary form: the response shows the token once.
                <form class="mt-3" method="post" action=TOKENS>
                    <FormAlert error=refused />
                    <OneTime />
                    <TextField name="name" label="Name" maxlength=80 placeholder="Deployment" hint error=refused />
                    <div class="form-actions"><button type="submit" class="btn btn-primary">"Create token"</button></div>
                </form>
            </section>
            {loaded(
                move || async move { tokens.await },
                move || tokens.refetch(),
                move |tokens| {
                    if tokens.is_empty() {
                        view! { <Empty title="No tokens yet" text="Create one for a program, such as the job that publishes a new OpenAPI document." /> }.into_any()
                    } else {
                        view! { <TokenTable tokens revoke /> }.into_any()
                    }
                },
            )}
        </div>
    }
}

#[component]
fn TokenTable(
    tokens: Vec<AdminTokenView>,
    revoke: ServerAction<RevokeAdminToken>,
) -> impl IntoView {
    let rows = tokens.into_iter().map(|token| view! { <Row token revoke /> }).collect_view();
    view! {
        <Table stacks=true label="Admin tokens" caption="Admin tokens, newest first">
            <thead>
                <tr>
                    <th scope="col">"Name"</th>
                    <th scope="col">"State"</th>
                    <th scope="col">"Last used"</th>
                    <th scope="col">"Created"</th>
                    <th scope="col" class="actions"><span class="visually-hidden">"Actions"</span></th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
    }
}

#[component]
fn Row(token: AdminTokenView, revoke: ServerAction<RevokeAdminToken>) -> impl IntoView {
    let works = token.revoked_at.is_none();
    let (id, label) = (token.id.to_string(), format!("Revoke {}", token.name));
    let breaks = match token.last_used_at {
        Some(at) => format!(
            "Programs that use it are refused immediately; it was last used on {}. This cannot be undone.",
            at.long()
        ),
        None => "It was never used. This cannot be undone.".to_owned(),
    };
    let badge = if works {
        view! { <span class="badge badge-ok">"active"</span> }
    } else {
        view! { <span class="badge badge-danger">"revoked"</span> }
    };
    view! {
        <tr>
            <th scope="row">{token.name} <code class="block font-normal text-muted">{token.prefix} "_…"</code></th>
            <td>{badge}</td>
            <td data-label="Last used"><MaybeTime at=token.last_used_at or="never" /></td>
            <td data-label="Created"><Time at=token.created_at /></td>
            <td class="actions">
                {works.then(|| {
                    view! {
                        <ConfirmMenu label="Revoke" about=label class="btn btn-sm text-danger">
                            <p>{breaks}</p>
                            <ActionForm action=revoke>
                                <input type="hidden" name="id" value=id />
                                <button type="submit" class="btn btn-sm btn-danger">"Revoke token"</button>
                            </ActionForm>
                        </ConfirmMenu>
                    }
                })}
            </td>
        </tr>
    }
}
