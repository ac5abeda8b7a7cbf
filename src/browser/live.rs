//! The live feed: server-sent events, over a connection that reconnects automatically.
//!
//! Uses `web_sys` rather than gloo's stream, which does not report when a lost connection is back:
//! then the page must load what it missed.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::set_timeout_with_handle;
use send_wrapper::SendWrapper;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

use crate::components::live_feed::FeedEvent;

/// Browsers give up permanently after some failures; then we wait this long and open a new stream.
const RETRY: Duration = Duration::from_secs(3);

/// An open feed. Dropping it closes the connection. Wrapped, because pages keep it in storage that
/// on the server moves between threads.
pub struct Feed(SendWrapper<Rc<Inner>>);

struct Inner {
    url: String,
    notify: Box<dyn Fn(FeedEvent)>,
    source: RefCell<Option<Connection>>,
    retry: Cell<Option<TimeoutHandle>>,
}

/// An event source with its closures, which must live as long as it does.
struct Connection {
    source: EventSource,
    _opened: Closure<dyn FnMut()>,
    _failed: Closure<dyn FnMut()>,
    _usage: Closure<dyn FnMut(MessageEvent)>,
    _reload: Closure<dyn FnMut()>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.source.set_onopen(None);
        self.source.set_onerror(None);
        self.source.close();
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        if let Some(timer) = self.0.retry.take() {
            timer.clear();
        }
        self.0.source.borrow_mut().take();
    }
}

/// Opens the feed at `url` and reports its events.
pub fn open(url: String, notify: impl Fn(FeedEvent) + 'static) -> Feed {
    let inner = Rc::new(Inner {
        url,
        notify: Box::new(notify),
        source: RefCell::default(),
        retry: Cell::default(),
    });
    connect(&inner);
    Feed(SendWrapper::new(inner))
}

fn connect(inner: &Rc<Inner>) {
    let Ok(source) = EventSource::new(&inner.url) else { return };
    let weak = Rc::downgrade(inner);
    let opened = Closure::<dyn FnMut()>::new({
        let weak = weak.clone();
        move || notify(&weak, FeedEvent::Connected)
    });
    let failed = Closure::<dyn FnMut()>::new({
        let weak = weak.clone();
        let source = source.clone();
        move || {
            notify(&weak, FeedEvent::Lost);
            if source.ready_state() == EventSource::CLOSED {
                retry_later(&weak);
            }
        }
    });
    let reload = Closure::<dyn FnMut()>::new({
        let weak = weak.clone();
        move || notify(&weak, FeedEvent::Missed)
    });
    let usage = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let parsed = event.data().as_string().and_then(|text| serde_json::from_str(&text).ok());
        if let Some(live) = parsed {
            notify(&weak, FeedEvent::Usage(live));
        }
    });
    source.set_onopen(Some(opened.as_ref().unchecked_ref()));
    source.set_onerror(Some(failed.as_ref().unchecked_ref()));
    let _ = source.add_event_listener_with_callback("usage", usage.as_ref().unchecked_ref());
    let _ = source.add_event_listener_with_callback("reload", reload.as_ref().unchecked_ref());
    let connection =
        Connection { source, _opened: opened, _failed: failed, _usage: usage, _reload: reload };
    *inner.source.borrow_mut() = Some(connection);
}

fn notify(inner: &Weak<Inner>, event: FeedEvent) {
    if let Some(inner) = inner.upgrade() {
        (inner.notify)(event);
    }
}

fn retry_later(weak: &Weak<Inner>) {
    let Some(inner) = weak.upgrade() else { return };
    let weak = weak.clone();
    let timer = set_timeout_with_handle(
        move || {
            if let Some(inner) = weak.upgrade() {
                connect(&inner);
            }
        },
        RETRY,
    );
    if let Some(old) = inner.retry.replace(timer.ok()) {
        old.clear();
    }
}
