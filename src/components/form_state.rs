//! The state of a form: its error, its success, and whether the page can run scripts yet.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::server_fn::error::ServerFnUrlError;

use crate::actions::error::UiError;

/// The error of the last submission, also if it came back in the URL to a browser without scripts.
pub fn error_of<S>(action: ServerAction<S>) -> Signal<Option<UiError>>
where
    S: ServerFn<Error = UiError> + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
{
    let value = action.value();
    Signal::derive(move || {
        value.with(|value| value.as_ref().and_then(|result| result.as_ref().err().cloned()))
    })
}

/// The error of an ordinary form that was sent to `path`, which came back in the URL.
pub fn error_of_form(path: &'static str) -> Signal<Option<UiError>> {
    let error = use_context::<ServerActionError>().filter(|error| error.path() == path);
    Signal::stored(error.map(|error| ServerFnUrlError::decode_err(error.err())))
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

/// Changes each time a submission succeeds, and only then: what reloads by it keeps the entered
/// values of a refused form.
pub fn successes<S>(action: ServerAction<S>) -> Memo<usize>
where
    S: ServerFn<Error = UiError> + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
{
    let is_done = succeeded(action);
    Memo::new(move |before: Option<&usize>| {
        if is_done.get() { action.version().get() } else { before.copied().unwrap_or_default() }
    })
}

/// False in server-rendered HTML, true as soon as the script runs. A button whose result only a
/// script can show waits for this: clicked earlier, its result would be lost.
pub fn use_scripted() -> ReadSignal<bool> {
    let (scripted, set_scripted) = signal(false);
    Effect::new(move |_| set_scripted.set(true));
    scripted
}

/// The values of a form's fields, by name. In the context of a page: those of the form that was
/// refused.
#[derive(Clone, Debug, Default)]
pub struct FormValues(pub Vec<(String, String)>);

impl FormValues {
    /// The first value of a field, if it was sent.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// The values of a field that can be sent more than once.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// Empty without a value.
    pub fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }

    /// Whether a box is checked.
    pub fn is_set(&self, name: &str) -> bool {
        self.get(name) == Some("true")
    }
}

/// In the context of a page that does not start the app in the browser, which would replace the
/// entered values and the error by the page's own state.
#[derive(Clone, Copy)]
pub struct WithoutApp;

/// What a browser without scripts sent with this form, if the server refused it; `error` is the
/// form's own, because a page may have several forms. Without secrets.
pub fn sent_values(error: Signal<Option<UiError>>) -> Option<FormValues> {
    error.with_untracked(Option::is_some).then(use_context::<FormValues>).flatten()
}

/// The value that was sent for one field, or `value`.
pub fn sent_or(error: Signal<Option<UiError>>, name: &str, value: String) -> String {
    sent_values(error).and_then(|sent| sent.get(name).map(str::to_owned)).unwrap_or(value)
}
