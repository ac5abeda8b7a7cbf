//! Small line drawings, 16 by 16. Always next to a word, so they are hidden from screen readers.

use leptos::prelude::*;

/// The available icons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    Overview,
    Keys,
    TryIt,
    Logs,
    Events,
    Webhooks,
    Plan,
    Billing,
    Team,
    Audit,
    Settings,
    Docs,
    Menu,
    Unfold,
    Copy,
    Done,
    Find,
}

impl Icon {
    const fn path(self) -> &'static str {
        match self {
            Self::Overview => "M2 14h12M4 11V8M8 11V3M12 11V6",
            Self::Keys => {
                "M9.5 6.5 2 14M4 12l1.5 1.5M6 10l1.5 1.5M11.5 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z"
            }
            Self::TryIt => "M2 3h12v10H2zM4.5 6l2 2-2 2M8 10h3",
            Self::Logs => "M2 4h1M6 4h8M2 8h1M6 8h8M2 12h1M6 12h8",
            Self::Events => "M9 1.5 3.5 9H8l-1 5.5L12.5 7H8z",
            Self::Webhooks => {
                "M8 5.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM3.5 14a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM12.5 14a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM7 5.2 4.4 10.2M9 5.2l2.6 5M5.5 12h5"
            }
            Self::Plan => "M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM8 8V1.5M8 8l4.6 4.6",
            Self::Billing => "M1.5 3.5h13v9h-13zM1.5 6.5h13M4 10h3",
            Self::Team => {
                "M6 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM1.5 13.5c0-2.5 2-4 4.5-4s4.5 1.5 4.5 4M11 3a2.2 2.2 0 0 1 0 4.2M12 9.7c1.5.4 2.5 1.7 2.5 3.8"
            }
            Self::Audit => {
                "M8 1.5 3 3.5v4c0 3.2 2 5.6 5 7 3-1.4 5-3.8 5-7v-4zM5.8 8l1.6 1.6L10.4 6.5"
            }
            Self::Settings => {
                "M2 4.5h5M11 4.5h3M2 11.5h3M9 11.5h5M9 6.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM7 13.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z"
            }
            Self::Docs => "M3 2h6.5L13 5.5V14H3zM9 2v4h4M5.5 9h5M5.5 11.5h3",
            Self::Menu => "M2 4h12M2 8h12M2 12h12",
            Self::Unfold => "M5 6.5 8 3.5l3 3M5 9.5l3 3 3-3",
            Self::Copy => "M5.5 5.5h8v8h-8zM10.5 3v-.5h-8v8H3",
            Self::Done => "M3 8.5 6.5 12 13 4.5",
            Self::Find => "M7 12a5 5 0 1 0 0-10 5 5 0 0 0 0 10ZM10.5 10.5 14 14",
        }
    }
}

/// The icon in the colour of the surrounding text.
#[component]
pub fn Drawing(icon: Icon) -> impl IntoView {
    view! {
        <svg
            class="size-4 flex-none"
            viewBox="0 0 16 16"
            fill="none"
            stroke="currentColor"
            stroke-width="1.5"
            stroke-linecap="round"
            stroke-linejoin="round"
            aria-hidden="true"
        >
            <path d=icon.path() />
        </svg>
    }
}
