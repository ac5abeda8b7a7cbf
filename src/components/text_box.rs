//! The only `<textarea>` of the portal. The framework does not escape the children of a text area,
//! so no other file may write one; `tests/it/markup.rs` checks that.

use leptos::prelude::*;

use crate::browser::IS_BROWSER;

/// A control for several lines of text. The caller provides everything else about the field (label,
/// hint, error).
///
/// A caller that follows the text adds `prop:value` and `on:input`.
#[component]
pub fn TextBox(
    id: &'static str,
    /// Without a name, no form sends it.
    #[prop(optional)]
    name: Option<&'static str>,
    #[prop(default = "textarea")] class: &'static str,
    #[prop(default = 3)] rows: u32,
    #[prop(optional)] spellcheck: bool,
    #[prop(optional)] placeholder: Option<&'static str>,
    #[prop(optional, into)] described_by: Option<String>,
    #[prop(optional, into)] invalid: Signal<bool>,
    #[prop(optional, into)] value: String,
) -> impl IntoView {
    let html = (!IS_BROWSER).then(|| content(&value));
    view! {
        <textarea
            class=class
            id=id
            name=name
            rows=rows
            spellcheck=if spellcheck { "true" } else { "false" }
            autocomplete="off"
            placeholder=placeholder
            aria-describedby=described_by
            aria-invalid=move || invalid.get().then_some("true")
            inner_html=html
            // In the browser. Unlike `value`, it keeps text that was entered before the script
            // arrived.
            prop:defaultValue=value
        ></textarea>
    }
}

/// The text as the content of an HTML element that contains only text. The parser drops one line
/// break at the start of a text area, so one is added.
fn content(text: &str) -> String {
    format!("\n{}", escaped(text))
}

/// Text between tags, also where the parser only looks for the end tag of the element.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(value: &str) -> String {
        let value = value.to_owned();
        Owner::new().with(|| view! { <TextBox id="t" name="t" value /> }.to_html())
    }

    #[test]
    fn no_text_ends_the_text_area_and_each_comes_back_as_it_was() {
        for text in [
            "",
            "a",
            "\nfirst line empty",
            "</textarea><b>",
            "</TEXTAREA ><b>",
            "<!--",
            "&lt; & \" '",
            "</title></option></script>",
        ] {
            let html = rendered(text);
            let (_, rest) = html.split_once('>').unwrap();
            let (inside, after) = rest.split_once('<').unwrap();
            assert_eq!(after, "/textarea>", "{html}");
            // As a browser parses it.
            let read = inside
                .strip_prefix('\n')
                .unwrap_or(inside)
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&amp;", "&");
            assert_eq!(read, text, "{html}");
        }
    }
}
