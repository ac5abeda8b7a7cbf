//! Parameters, body, responses and errors of an operation.

use leptos::prelude::*;

use super::schema::{Notes, SchemaView, inside};
use crate::components::code_block::CodeBlock;
use crate::components::marked::marked;
use crate::components::table::Table;
use crate::pages::apis::facts::FactList;
use crate::types::code::Code;
use crate::types::docs::{
    BodyDoc, MediaDoc, NamedExample, ParameterDoc, ParameterPlace, RequestDoc, ResponseDoc,
};

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
            let ParameterDoc { name, is_required, is_deprecated, about_html, schema, examples, .. } = parameter;
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
                    {examples.into_iter().map(short_example).collect_view()}
                    {has_more.then(|| inside(schema, false))}
                </li>
            }
        })
        .collect_view();
    view! { <ul class="schema-fields">{items}</ul> }
}

/// The longest example that is shown in the line of its parameter, in bytes.
const MAX_IN_LINE: usize = 100;

/// In one line if it is short.
fn short_example(example: NamedExample) -> AnyView {
    let NamedExample { name, about_html, text } = example;
    if text.len() > MAX_IN_LINE || text.contains('\n') {
        return example_block(NamedExample { name, about_html, text });
    }
    let label = if name == "example" { "Example: ".to_owned() } else { format!("{name}: ") };
    view! {
        <p class="hint">{label} <code class="break-all">{text}</code></p>
        {(!about_html.is_empty()).then(|| view! { <div class="prose schema-about" inner_html=about_html></div> })}
    }
    .into_any()
}

/// With its description.
pub fn example_block(example: NamedExample) -> AnyView {
    let NamedExample { name, about_html, text } = example;
    view! {
        {(!about_html.is_empty()).then(|| view! { <div class="prose schema-about" inner_html=about_html></div> })}
        <CodeBlock label=format!("Example: {name}") code=Signal::stored(text) />
    }
    .into_any()
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
            let examples = media.examples.into_iter().map(example_block).collect_view();
            view! {
                <div class="stack mt-2">
                    <p><code>{media.content_type}</code></p>
                    <SchemaView node=media.schema is_open />
                    {(!media.encodings.is_empty()).then(|| view! { <h4 class="mt-3 text-muted">"Fields of the form"</h4> <FactList facts=media.encodings /> })}
                    {examples}
                </div>
            }
        })
        .collect_view()
}

#[component]
pub fn ResponseDocs(responses: Vec<ResponseDoc>) -> impl IntoView {
    view! { <Section id="answers" title="Responses"><ResponseList responses /></Section> }
}

/// The first one is open.
#[component]
fn ResponseList(responses: Vec<ResponseDoc>) -> impl IntoView {
    responses
        .into_iter()
        .enumerate()
        .map(|(i, response)| {
            let ResponseDoc { status, about_html, headers, content, links } = response;
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
                    {(!links.is_empty()).then(|| view! { <h4 class="mt-3 text-muted">"Links to other operations"</h4> <FactList facts=links /> })}
                </details>
            }
        })
        .collect_view()
}

/// Requests from the API to the caller, as a result of the call.
#[component]
pub fn Callbacks(requests: Vec<RequestDoc>) -> impl IntoView {
    let requests = requests
        .into_iter()
        .map(|request| {
            let (name, method) = (request.name.clone(), request.method.clone());
            view! {
                <details class="fold">
                    <summary><h3><code class="break-all">{name}</code></h3> " " <span class="text-muted">{method}</span></summary>
                    <SentRequest request />
                </details>
            }
        })
        .collect_view();
    view! {
        <Section id="callbacks" title="Callbacks">
            <p>"Requests that this API sends to you as a result of the call."</p>
            {requests}
        </Section>
    }
}

/// A webhook or callback: what the API sends, and the responses that it expects.
#[component]
pub fn SentRequest(request: RequestDoc) -> impl IntoView {
    let RequestDoc { to, title, about_html, parameters, body, responses, .. } = request;
    view! {
        {(!title.is_empty()).then(|| view! { <p class="mt-2 font-medium">{marked(&title)}</p> })}
        {(!to.is_empty()).then(|| view! { <p class="hint">"Sent to " <code class="break-all">{to}</code></p> })}
        {(!about_html.is_empty()).then(|| view! { <div class="prose mt-1" inner_html=about_html></div> })}
        {(!parameters.is_empty()).then(|| view! { <h4 class="mt-3 text-muted">"Parameters"</h4> <ParameterList parameters /> })}
        {body.map(|body| view! {
            <h4 class="mt-3 text-muted">"Body"</h4>
            {(!body.about_html.is_empty()).then(|| view! { <div class="prose" inner_html=body.about_html></div> })}
            <Media content=body.content is_open=true />
        })}
        {(!responses.is_empty()).then(|| view! { <h4 class="mt-3 text-muted">"Expected responses"</h4> <ResponseList responses /> })}
    }
    .into_any()
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
