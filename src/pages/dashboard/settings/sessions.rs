//! The person's sessions.

use leptos::prelude::*;

use crate::actions::settings::{ChangePassword, RevokeOtherSessions, RevokeSession, list_sessions};
use crate::components::capped::Capped;
use crate::components::fields::FormAlert;
use crate::components::form_state::{error_of, successes};
use crate::components::format::browser;
use crate::components::loaded::loaded;
use crate::components::submit::Submit;
use crate::components::table::Table;
use crate::components::time::Time;
use crate::types::account::SessionView;
use crate::types::bounds::SESSIONS;

/// A new password ends other sessions, so the list is reloaded then, too.
#[component]
pub fn Sessions(password: ServerAction<ChangePassword>) -> impl IntoView {
    let revoke = ServerAction::<RevokeSession>::new();
    let revoke_others = ServerAction::<RevokeOtherSessions>::new();
    let (ended, others_ended) = (successes(revoke), successes(revoke_others));
    let changed = successes(password);
    let sessions = Resource::new(
        move || (ended.get(), others_ended.get(), changed.get()),
        |_| list_sessions(),
    );
    view! {
        <section class="settings" aria-labelledby="sessions">
            <div>
                <h2 id="sessions">"Sessions"</h2>
                <p class="mt-1 text-muted">"Devices where you are logged in. End sessions that you do not recognise, then change your password."</p>
            </div>
            <div class="min-w-0">
                <FormAlert error=error_of(revoke) />
                <FormAlert error=error_of(revoke_others) />
                {loaded(
                    move || async move { sessions.await },
                    move || sessions.refetch(),
                    move |sessions: Vec<SessionView>| {
                        let shown = sessions.len();
                        let rows = sessions.into_iter().map(|session| view! { <Row session revoke /> }).collect_view();
                        view! {
                            <Table stacks=true label="Your sessions" caption="Your sessions, the latest first">
                                <thead>
                                    <tr>
                                        <th scope="col">"Browser"</th>
                                        <th scope="col">"IP"</th>
                                        <th scope="col">"Last seen"</th>
                                        <th scope="col">"Since"</th>
                                        <th scope="col" class="actions"><span class="visually-hidden">"Actions"</span></th>
                                    </tr>
                                </thead>
                                <tbody>{rows}</tbody>
                            </Table>
                            <Capped shown most=SESSIONS what="most recent sessions" others="“Log out everywhere else” ends all others, too." />
                        }
                    },
                )}
                <div class="mt-3">
                    <ActionForm action=revoke_others>
                        <Submit label="Log out everywhere else" pending=revoke_others.pending() class="btn btn-sm" />
                    </ActionForm>
                </div>
            </div>
        </section>
    }
}

#[component]
fn Row(session: SessionView, revoke: ServerAction<RevokeSession>) -> impl IntoView {
    let name = browser(&session.user_agent);
    let label = format!("Log out {name} at {}", session.source_ip);
    let end = if session.is_current {
        view! { <span class="badge badge-ok">"this session"</span> }.into_any()
    } else {
        view! {
            <ActionForm action=revoke>
                <input type="hidden" name="id" value=session.id.to_string() />
                <button type="submit" class="btn btn-sm" aria-label=label>"Log out"</button>
            </ActionForm>
        }
        .into_any()
    };
    view! {
        <tr>
            <td title=session.user_agent>{name}</td>
            <td data-label="IP">{session.source_ip}</td>
            <td data-label="Last seen"><Time at=session.last_seen_at /></td>
            <td data-label="Since"><Time at=session.created_at /></td>
            <td class="actions">{end}</td>
        </tr>
    }
}
