//! Calls that were made from this browser. Stored in the browser only, without keys and responses.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::request::Extras;
use crate::browser::storage;
use crate::components::badge::StatusBadge;

const NAME: &str = "calls";
/// Over all operations.
const MAX_CALLS: usize = 20;
/// The maximum size of a stored body, in bytes.
const MAX_BODY: usize = 8 * 1024;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Past {
    operation: String,
    pub values: Vec<String>,
    pub content_type: String,
    pub body: String,
    pub status: u16,
}

impl Past {
    pub fn of(values: &[String], extras: &Extras) -> Self {
        let body =
            Some(extras.body.clone()).filter(|body| body.len() <= MAX_BODY).unwrap_or_default();
        Self {
            values: values.to_vec(),
            content_type: extras.content_type.clone(),
            body,
            ..Self::default()
        }
    }
}

#[derive(Clone, Copy)]
pub struct History {
    operation: StoredValue<String>,
    calls: RwSignal<Vec<Past>>,
}

impl History {
    /// Read in the browser only: the server has none to show.
    pub fn load(operation: String) -> Self {
        let calls = RwSignal::new(Vec::new());
        Effect::new(move |_| calls.set(stored()));
        Self { operation: StoredValue::new(operation), calls }
    }

    pub fn keep(self, past: Past) {
        // Read again: another tab may have written.
        let mut calls = stored();
        calls.insert(0, Past { operation: self.operation.get_value(), ..past });
        calls.truncate(MAX_CALLS);
        storage::write(NAME, &serde_json::to_string(&calls).unwrap_or_default());
        self.calls.try_set(calls);
    }

    /// Calls of this operation, to be filled in again.
    pub fn view(self, again: Callback<Past>) -> impl IntoView {
        move || {
            let operation = self.operation.get_value();
            let own: Vec<Past> =
                self.calls.get().into_iter().filter(|past| past.operation == operation).collect();
            (!own.is_empty()).then(|| {
                let lines = own
                    .into_iter()
                    .map(|past| {
                        let values: Vec<&str> = past.values.iter().map(String::as_str).filter(|value| !value.is_empty()).collect();
                        let text = if values.is_empty() {
                            past.body.split_whitespace().collect::<Vec<_>>().join(" ")
                        } else {
                            values.join(" · ")
                        };
                        view! {
                            <li class="row">
                                <StatusBadge status=past.status />
                                <span class="min-w-0 grow truncate text-muted mono">{text}</span>
                                <button type="button" class="btn btn-sm" on:click=move |_| again.run(past.clone())>"Fill in"</button>
                            </li>
                        }
                    })
                    .collect_view();
                view! {
                    <details class="card">
                        <summary><h2 class="inline">"Sent from this browser"</h2></summary>
                        <ul class="stack mt-3">{lines}</ul>
                        <button
                            type="button"
                            class="btn btn-sm mt-3"
                            on:click=move |_| {
                                storage::write(NAME, "");
                                self.calls.set(Vec::new());
                            }
                        >
                            "Delete all"
                        </button>
                    </details>
                }
            })
        }
    }
}

fn stored() -> Vec<Past> {
    storage::read(NAME).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}
