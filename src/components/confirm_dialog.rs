//! Confirms a destructive action.

use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;

/// Opens while `open` is true. The child names what will break. A non-empty `expect` must be typed.
/// The native dialog keeps the focus inside and restores it.
#[component]
pub fn ConfirmDialog(
    id: &'static str,
    open: RwSignal<bool>,
    #[prop(into)] title: Signal<String>,
    #[prop(optional, into)] expect: Signal<String>,
    /// The verb on the button that does it.
    #[prop(into)]
    label: Signal<&'static str>,
    on_confirm: Callback<()>,
    /// The style of the button: danger, unless the action can be undone.
    #[prop(default = "btn btn-danger")]
    class: &'static str,
    children: ChildrenFn,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let typed = RwSignal::new(String::new());
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        match (open.get(), dialog.open()) {
            (true, false) => {
                typed.set(String::new());
                let _ = dialog.show_modal();
            }
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    let allowed = move || expect.with(|e| e.is_empty() || typed.with(|t| t.trim() == e.trim()));
    let confirm = move |ev: SubmitEvent| {
        ev.prevent_default();
        if allowed() {
            open.set(false);
            on_confirm.run(());
        }
    };
    let title_id = format!("{id}-title");
    let input_id = format!("{id}-typed");
    view! {
        <dialog class="dialog" id=id node_ref=dialog aria-labelledby=title_id on:close=move |_| open.set(false)>
            <form on:submit=confirm>
                <div class="dialog-head">
                    <h2 id=title_id.clone()>{move || title.get()}</h2>
                </div>
                <div class="dialog-body">
                    {children()}
                    <Show when=move || expect.with(|e| !e.is_empty())>
                        <div class="field">
                            <label class="label" for=input_id.clone()>"Type " <strong>{move || expect.get()}</strong> " to confirm"</label>
                            <input
                                class="input"
                                id=input_id.clone()
                                type="text"
                                autocomplete="off"
                                prop:value=move || typed.get()
                                on:input=move |ev| typed.set(event_target_value(&ev))
                            />
                        </div>
                    </Show>
                </div>
                <div class="dialog-foot">
                    <button type="button" class="btn" on:click=move |_| open.set(false)>"Cancel"</button>
                    <button type="submit" class=class disabled=move || !allowed()>{label}</button>
                </div>
            </form>
        </dialog>
    }
}
