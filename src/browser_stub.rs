//! The stub of `browser` for the server, where handlers and effects never run. Same names, same
//! signatures; see there for the documentation.

use leptos::ev::MouseEvent;
use leptos::prelude::use_context;

use crate::components::origin::BaseUrl;
use crate::components::time::RenderedAt;
use crate::server::random;
use crate::types::time::Timestamp;

/// Whether this code runs in a browser.
pub const IS_BROWSER: bool = false;

/// The server's configured URL.
pub fn origin() -> String {
    use_context::<BaseUrl>().map_or_else(|| "https://tollgate.example".to_owned(), |url| url.0)
}

/// Path and query of the current page.
pub fn here() -> String {
    String::new()
}

/// The time when the page is rendered, by the server's clock.
pub fn now() -> Timestamp {
    use_context::<RenderedAt>().map_or(Timestamp(0), |rendered| rendered.0)
}

/// A random id for a form.
pub fn form_id() -> String {
    random::base62(22)
}

pub fn is_plain_click_on_text(_event: &MouseEvent) -> bool {
    false
}

pub mod clipboard {
    pub async fn copy(_text: &str) -> bool {
        false
    }
}

pub mod storage {
    use crate::components::theme_switch::Theme;

    pub fn theme() -> Theme {
        Theme::default()
    }

    pub fn set_theme(_theme: Theme) {}

    pub fn read(_name: &str) -> Option<String> {
        None
    }

    pub fn write(_name: &str, _text: &str) {}
}

pub mod http {
    use crate::components::call::{Call, CallResponse};

    #[derive(Clone, Default)]
    pub struct Aborter;

    impl Aborter {
        pub fn new() -> Self {
            Self
        }

        pub fn abort(&self) {}
    }

    pub async fn send(_call: &Call, _aborter: &Aborter) -> Result<CallResponse, String> {
        Err(String::new())
    }
}

pub mod live {
    use crate::components::live_feed::FeedEvent;

    pub struct Feed;

    pub fn open(_url: String, _notify: impl Fn(FeedEvent) + 'static) -> Feed {
        Feed
    }
}
