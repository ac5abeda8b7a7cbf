//! Mail that would have been sent. The server responds with `not_found` unless
//! `TOLLGATE_DEV_OUTBOX` is set.

use leptos::prelude::*;

use crate::actions::dev::outbox;
use crate::components::empty::Empty;
use crate::components::loaded::loaded;
use crate::components::page_head::PageHead;
use crate::components::site::Site;
use crate::components::time::Time;
use crate::types::account::OutboxMail;

/// A piece of a mail's text.
#[derive(Debug, PartialEq)]
enum Piece<'a> {
    Text(&'a str),
    Link(&'a str),
}

/// Splits `body` at its http(s) addresses.
fn pieces(body: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut rest = body;
    while let Some(start) = rest.find("http://").into_iter().chain(rest.find("https://")).min() {
        let (before, from) = rest.split_at(start);
        let end = from
            .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"'))
            .unwrap_or(from.len());
        let link = from[..end].trim_end_matches(['.', ',', ')']);
        if !before.is_empty() {
            out.push(Piece::Text(before));
        }
        out.push(Piece::Link(link));
        rest = &from[link.len()..];
    }
    if !rest.is_empty() {
        out.push(Piece::Text(rest));
    }
    out
}

/// Every mail of this server, with its links to click.
#[component]
pub fn OutboxPage() -> impl IntoView {
    let mails = Resource::new(|| (), |()| outbox());
    view! {
        <Site>
            <PageHead title="Outbox" lead="Mail that is not sent. This page exists only while TOLLGATE_DEV_OUTBOX is set.">
                <button type="button" class="btn" on:click=move |_| mails.refetch()>"Refresh"</button>
            </PageHead>
            {loaded(
                move || async move { mails.await },
                move || mails.refetch(),
                |mails: Vec<OutboxMail>| {
                    if mails.is_empty() {
                        view! { <Empty title="No mail yet" text="Sign up, invite somebody or ask for a reset link, and the mail appears here." /> }.into_any()
                    } else {
                        mails.into_iter().map(|mail| view! { <Mail mail /> }).collect_view().into_any()
                    }
                },
            )}
        </Site>
    }
}

#[component]
fn Mail(mail: OutboxMail) -> impl IntoView {
    let body = pieces(&mail.body)
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.to_owned().into_any(),
            Piece::Link(url) => {
                view! { <a class="link break-all" href=url.to_owned()>{url.to_owned()}</a> }
                    .into_any()
            }
        })
        .collect_view();
    view! {
        <article class="card mb-3">
            <div class="card-head">
                <h2>{mail.subject}</h2>
                <span class="row text-muted"><span>"to " {mail.recipient}</span> <Time at=mail.created_at /></span>
            </div>
            <div class="card-body whitespace-pre-wrap">{body}</div>
        </article>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_a_mail_become_links_without_the_full_stop_behind_them() {
        let want = [
            Piece::Text("Open "),
            Piece::Link("http://h/a?t=1"),
            Piece::Text(". Or "),
            Piece::Link("https://h/b"),
            Piece::Text("\nBye"),
        ];
        assert_eq!(pieces("Open http://h/a?t=1. Or https://h/b\nBye"), want);
        assert_eq!(pieces("nothing"), [Piece::Text("nothing")]);
    }
}
