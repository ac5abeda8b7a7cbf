//! What became of a form: its error, its success, and whether the page can run scripts yet.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::types::error::UiError;

/// The error of the last submission, also where it came back in the URL to a browser without script.
pub fn error_of<S>(action: ServerAction<S>) -> Signal<Option<UiError>>
where
    S: ServerFn<Error = UiError> + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
{
    let value = action.value();
    Signal::derive(move || value.with(|value| value.as_ref().and_then(|result| result.as_ref().err().cloned())))
}

/// True once the last submission succeeded.
pub fn succeeded<S>(action: ServerAction<S>) -> Signal<bool>
where
    S: ServerFn<Error = UiError> + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
{
    let value = action.value();
    Signal::derive(move || value.with(|value| matches!(value, Some(Ok(_)))))
}

/// False in server-rendered HTML, true as soon as the script runs. A button whose answer only a
/// script can show waits for this: pressed earlier, it would do its work and lose the result.
pub fn use_scripted() -> ReadSignal<bool> {
    let (scripted, set_scripted) = signal(false);
    Effect::new(move |_| set_scripted.set(true));
    scripted
}

/// What stands in a form's fields, by their names.
#[derive(Clone, Debug, Default)]
pub struct FormValues(pub Vec<(String, String)>);

impl FormValues {
    /// Empty where nothing stands in it.
    pub fn text(&self, name: &str) -> String {
        self.0.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone()).unwrap_or_default()
    }

    /// Whether a box is checked.
    pub fn is_set(&self, name: &str) -> bool {
        self.text(name) == "true"
    }
}
