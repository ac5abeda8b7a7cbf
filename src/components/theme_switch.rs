//! Theme: light, dark, or that of the system.

use leptos::prelude::*;

use super::form_state::use_scripted;
use crate::browser::storage;

/// The colours of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    /// The value in the browser's storage and in `data-theme`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme with that name; the system's for an unknown one.
    pub fn from_name(name: &str) -> Self {
        match name {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }
}

/// Three buttons, one of which is pressed.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let theme = RwSignal::new(Theme::System);
    let scripted = use_scripted();
    // The server cannot know the choice; it is read as soon as the script runs.
    Effect::new(move |_| theme.set(storage::theme()));
    let button = move |to: Theme, label: &'static str| {
        let choose = move |_| {
            storage::set_theme(to);
            theme.set(to);
        };
        view! {
            <button type="button" on:click=choose disabled=move || !scripted.get() aria-pressed=move || if theme.get() == to { "true" } else { "false" }>
                {label}
            </button>
        }
    };
    view! {
        <div class="env-switch" role="group" aria-label="Theme">
            {button(Theme::System, "System")}
            {button(Theme::Light, "Light")}
            {button(Theme::Dark, "Dark")}
        </div>
    }
}
