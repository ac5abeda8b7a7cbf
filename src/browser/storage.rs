//! Browser storage that survives visits: the theme and tried calls, and nothing secret.

use leptos::prelude::{document, window};

use crate::components::theme_switch::Theme;

const KEY: &str = "theme";

/// The theme chosen in this browser.
pub fn theme() -> Theme {
    let stored =
        window().local_storage().ok().flatten().and_then(|s| s.get_item(KEY).ok().flatten());
    stored.as_deref().map(Theme::from_name).unwrap_or_default()
}

/// Applies `theme` now and on later visits.
pub fn set_theme(theme: Theme) {
    let storage = window().local_storage().ok().flatten();
    let root = document().document_element();
    match theme {
        Theme::System => {
            storage.map(|s| s.remove_item(KEY));
            root.map(|r| r.remove_attribute("data-theme"));
        }
        _ => {
            storage.map(|s| s.set_item(KEY, theme.name()));
            root.map(|r| r.set_attribute("data-theme", theme.name()));
        }
    }
}

/// The text stored under `name`.
pub fn read(name: &str) -> Option<String> {
    window().local_storage().ok().flatten()?.get_item(name).ok().flatten()
}

/// Stores `text`; without storage, it is lost.
pub fn write(name: &str, text: &str) {
    window().local_storage().ok().flatten().map(|storage| storage.set_item(name, text));
}
