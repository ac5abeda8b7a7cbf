//! Lists of what a document says besides its operations: servers, security, contact, links.

use leptos::prelude::*;

use crate::types::docs::{Fact, Facts};

/// Each list in a fold with its title.
#[component]
pub fn FactSections(sections: Vec<Facts>) -> impl IntoView {
    sections
        .into_iter()
        .map(|Facts { title, note, facts }| {
            view! {
                <details class="fold">
                    <summary><h3>{title}</h3></summary>
                    {(!note.is_empty()).then(|| view! { <p class="hint mt-1">{note}</p> })}
                    <FactList facts />
                </details>
            }
        })
        .collect_view()
}

#[component]
pub fn FactList(facts: Vec<Fact>) -> impl IntoView {
    let entries = facts.into_iter().map(|fact| view! { <Entry fact /> }).collect_view();
    view! { <dl class="details my-2">{entries}</dl> }
}

/// The label of a fact, and what it says.
#[component]
fn Entry(fact: Fact) -> impl IntoView {
    let Fact { label, text, href, about } = fact;
    let text = match href {
        Some(href) => {
            view! { <a class="link break-all" href=href rel="nofollow noopener">{text}</a> }
                .into_any()
        }
        None => view! { <span class="break-words">{text}</span> }.into_any(),
    };
    view! {
        <dt>{label}</dt>
        <dd>
            {text}
            {(!about.is_empty()).then(|| view! { <div class="prose schema-about" inner_html=about></div> })}
        </dd>
    }
}
