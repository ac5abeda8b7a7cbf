//! Parameters, body, responses and errors of an operation.

use leptos::prelude::*;

use super::schema::{Notes, SchemaView, inside};
use crate::components::code_block::CodeBlock;
use crate::components::table::Table;
use crate::types::code::Code;
use crate::types::docs::{BodyDoc, MediaDoc, ParameterDoc, ParameterPlace, ResponseDoc};

#[component]
fn Section(id: &'static str, title: &'static str, children: Children) -> impl IntoView {
    view! {
        <section aria-labelledby=id>
            <div class="section-head"><h2 id=id class="scroll-mt-4">{title}</h2></div>
            {children()}
        </section>
    }
}

#[component]
pub fn Parameters(parameters: Vec<ParameterDoc>) -> impl IntoView {
    let places = ParameterPlace::ALL.map(|place| {
        let of: Vec<ParameterDoc> =
            parameters.iter().filter(|parameter| parameter.place == place).cloned().collect();
        let title = match place {
            ParameterPlace::Path => "In the path",
            ParameterPlace::Query => "In the query",
            ParameterPlace::Header => "Headers",
            ParameterPlace::Cookie => "Cookies",
        };
        (!of.is_empty()).then(
            || view! { <h3 class="mt-4 text-muted">{title}</h3> <ParameterList parameters=of /> },
        )
    });
    if parameters.is_empty() {
        return ().into_any();
    }
    view! { <Section id="parameters" title="Parameters">{places.collect_view()}</Section> }
        .into_any()
}

#[component]
fn ParameterList(parameters: Vec<ParameterDoc>) -> impl IntoView {
    let items = parameters
        .into_iter()
        .map(|parameter| {
            let ParameterDoc { name, is_required, is_deprecated, about_html, schema, example, .. } = parameter;
            let has_more = !schema.fields.is_empty() || !schema.choices.is_empty();
            let notes = schema.clone();
            view! {
                <li class="schema-field">
                    <p class="row">
                        <code class="font-semibold">{name}</code>
                        <span class="text-muted">{schema.kind.clone()}</span>
                        {is_required.then(|| view! { <span class="badge badge-warn">"required"</span> })}
                        {is_deprecated.then(|| view! { <span class="badge">"deprecated"</span> })}
                    </p>
                    {(!about_html.is_empty()).then(|| view! { <div class="prose schema-about" inner_html=about_html></div> })}
                    <Notes node=notes />
                    {(!example.is_empty()).then(|| view! { <p class="hint">"Example: " <code class="break-all">{example}</code></p> })}
                    {has_more.then(|| inside(schema, false))}
                </li>
            }
        })
        .collect_view();
    view! { <ul class="schema-fields">{items}</ul> }
}

#[component]
pub fn Body(body: BodyDoc) -> impl IntoView {
    view! {
        <Section id="body" title="Body">
            {body.is_required.then(|| view! { <p><span class="badge badge-warn">"required"</span></p> })}
            {(!body.about_html.is_empty()).then(|| view! { <div class="prose" inner_html=body.about_html></div> })}
            <Media content=body.content is_open=true />
        </Section>
    }
}

#[component]
fn Media(content: Vec<MediaDoc>, is_open: bool) -> impl IntoView {
    content
        .into_iter()
        .map(|media| {
            let examples = media
                .examples
                .into_iter()
                .map(|example| view! { <CodeBlock label=format!("Example: {}", example.name) code=Signal::stored(example.text) /> })
                .collect_view();
            view! {
                <div class="stack mt-2">
                    <p><code>{media.content_type}</code></p>
                    <SchemaView node=media.schema is_open />
                    {examples}
                </div>
            }
        })
        .collect_view()
}

#[component]
pub fn ResponseDocs(responses: Vec<ResponseDoc>) -> impl IntoView {
    let answers = responses
        .into_iter()
        .enumerate()
        .map(|(i, response)| {
            let ResponseDoc { status, about_html, headers, content } = response;
            let class = match status.as_bytes().first() {
                Some(b'2') => "badge badge-ok",
                Some(b'4') => "badge badge-warn",
                Some(b'5') => "badge badge-danger",
                _ => "badge",
            };
            let types = content.iter().map(|media| media.content_type.clone()).collect::<Vec<_>>().join(", ");
            view! {
                <details class="fold" open=i == 0>
                    <summary><h3><span class=class>{status}</span></h3> " " <code class="text-muted">{types}</code></summary>
                    {(!about_html.is_empty()).then(|| view! { <div class="prose mt-1" inner_html=about_html></div> })}
                    {(!headers.is_empty()).then(|| view! { <h4 class="mt-3 text-muted">"Headers"</h4> <ParameterList parameters=headers /> })}
                    <Media content is_open=true />
                </details>
            }
        })
        .collect_view();
    view! { <Section id="answers" title="Responses">{answers}</Section> }
}

/// Requests from the API to the caller, as a result of the call.
#[component]
pub fn Callbacks(names: Vec<String>) -> impl IntoView {
    let names = names
        .into_iter()
        .map(|name| view! { <li><code class="break-all">{name}</code></li> })
        .collect_view();
    view! {
        <Section id="callbacks" title="Callbacks">
            <p>"Requests that this API sends to you as a result of the call. The OpenAPI document describes their content and the expected responses."</p>
            <ul class="mt-2 list-disc pl-5">{names}</ul>
        </Section>
    }
}

/// Errors of the gateway itself, for any API.
#[component]
pub fn Errors(codes: Vec<Code>) -> impl IntoView {
    let rows = codes
        .into_iter()
        .map(|code| {
            view! {
                <tr>
                    <td class="num">{code.status()}</td>
                    <th scope="row"><a class="link" href=format!("/docs/errors/{}", code.as_str())><code>{code.as_str()}</code></a></th>
                    <td class="wrap">{code.docs().title}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Section id="errors" title="Errors of the gateway">
            <details class="fold">
                <summary><h3>"All codes"</h3></summary>
                <Table label="Errors of the gateway" class="mt-2">
                    <thead><tr><th scope="col" class="num">"Status"</th><th scope="col">"Code"</th><th scope="col">"Meaning"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </Table>
            </details>
        </Section>
    }
}
