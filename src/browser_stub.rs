//! The twin of `browser` for the server, where handlers and effects never run. Same names, same
//! signatures; what they do is documented there.

use leptos::prelude::use_context;

use crate::components::origin::BaseUrl;

/// The address people reach this server at, as its configuration says.
pub fn origin() -> String {
    use_context::<BaseUrl>().map_or_else(|| "https://tollgate.example".to_owned(), |url| url.0)
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
    use crate::components::call::{Answer, Call};

    #[derive(Clone, Default)]
    pub struct Aborter;

    impl Aborter {
        pub fn new() -> Self {
            Self
        }

        pub fn abort(&self) {}
    }

    pub async fn send(_call: &Call, _aborter: &Aborter) -> Result<Answer, String> {
        Err(String::new())
    }
}

pub mod live {
    use crate::components::live_feed::FeedEvent;

    pub struct Feed;

    pub fn open(_url: String, _tell: impl Fn(FeedEvent) + 'static) -> Feed {
        Feed
    }
}
