//! A schema that can be unfolded.

use leptos::prelude::*;

use crate::types::docs::{Cut, SchemaChoices, SchemaField, SchemaNode, schema_page};

/// The address of the product's page, for links to its schemas: `/apis/pets`. Each page provides
/// it as context.
#[derive(Clone)]
pub struct ProductBase(pub String);

/// The address of a schema's own page. `None` if it has none, or outside of a product's pages.
fn own_page(node: &SchemaNode) -> Option<String> {
    let ProductBase(base) = use_context::<ProductBase>().filter(|_| !node.at.is_empty())?;
    Some(format!("{base}/{}", schema_page(&node.at, "")))
}

/// Its name, which leads to its page.
#[component]
fn SchemaName(node: SchemaNode, class: &'static str) -> impl IntoView {
    if node.name.is_empty() {
        return ().into_any();
    }
    match own_page(&node) {
        Some(href) => {
            view! { <a class=format!("link inline-block min-h-6 {class}") href=href>{node.name}</a> }.into_any()
        }
        None => view! { <span class=class>{node.name}</span> }.into_any(),
    }
}

/// A schema with its name and structure.
#[component]
pub fn SchemaView(node: SchemaNode, is_open: bool) -> impl IntoView {
    let head = view! {
        <p class="row">
            <SchemaName node=node.clone() class="font-semibold" />
            <span class="text-muted">{node.kind.clone()}</span>
        </p>
    };
    view! {
        <div class="schema">
            {head}
            {(!node.about.is_empty()).then(|| view! { <div class="prose schema-about" inner_html=node.about.clone()></div> })}
            <Notes node=node.clone() />
            {inside(node, is_open)}
        </div>
    }
}

/// Values, bounds, defaults: the facts that fit into lines.
#[component]
pub fn Notes(node: SchemaNode) -> impl IntoView {
    let page = own_page(&node);
    let cut = node.cut.map(|cut| match (cut, page) {
        (Cut::SeeAbove, _) => {
            view! { <p class="hint">"Recursive: same schema as above."</p> }.into_any()
        }
        (Cut::TooMuch, Some(href)) => {
            view! { <p class="hint"><a class="link" href=href>"Show all parts"</a></p> }.into_any()
        }
        (Cut::TooMuch, None) => {
            view! { <p class="hint">"The OpenAPI document contains further levels."</p> }.into_any()
        }
    });
    let meanings = node.meanings;
    let values = node
        .values
        .into_iter()
        .enumerate()
        .map(|(i, value)| {
            let meaning = meanings.get(i).filter(|meaning| !meaning.is_empty());
            let meaning = meaning.map(|meaning| format!(" ({meaning})"));
            view! { {(i > 0).then_some(", ")} <code class="break-all">{value}</code> {meaning} }
        })
        .collect_view();
    view! {
        {(!node.title.is_empty()).then(|| view! { <p class="hint">{node.title}</p> })}
        {(!values.is_empty()).then(|| view! { <p class="hint">"Allowed: " {values}</p> })}
        {(!node.notes.is_empty()).then(|| view! { <p class="hint break-words">{node.notes.join(" · ")}</p> })}
        {cut}
    }
}

/// Its structure. Type-erased, because it is recursive.
pub fn inside(node: SchemaNode, is_open: bool) -> AnyView {
    let SchemaNode { fields, choices, .. } = node;
    let fields = (!fields.is_empty()).then(|| {
        let fields = fields.into_iter().map(field).collect_view();
        view! { <ul class="schema-fields">{fields}</ul> }
    });
    let choices = choices.into_iter().map(choice).collect_view();
    if is_open {
        view! { {fields} {choices} }.into_any()
    } else {
        view! { <details><summary class="link">"Structure"</summary>{fields} {choices}</details> }
            .into_any()
    }
}

fn field(field: SchemaField) -> AnyView {
    let SchemaField { name, is_required, schema } = field;
    let has_more = !schema.fields.is_empty() || !schema.choices.is_empty();
    let head = view! {
        <p class="row">
            <code class="font-semibold break-all">{name}</code>
            <span class="text-muted">{schema.kind.clone()}</span>
            <SchemaName node=schema.clone() class="text-muted" />
            {is_required.then(|| view! { <span class="badge badge-warn">"required"</span> })}
            {schema.is_deprecated.then(|| view! { <span class="badge">"deprecated"</span> })}
        </p>
    };
    view! {
        <li class="schema-field">
            {head}
            {(!schema.about.is_empty()).then(|| view! { <div class="prose schema-about" inner_html=schema.about.clone()></div> })}
            <Notes node=schema.clone() />
            {has_more.then(|| inside(schema, false))}
        </li>
    }
    .into_any()
}

fn choice(choices: SchemaChoices) -> AnyView {
    let SchemaChoices { title, schemas } = choices;
    let schemas = schemas
        .into_iter()
        .map(|node| {
            let is_small = node.fields.is_empty() && node.choices.is_empty();
            view! { <li class="schema-field"><SchemaView node is_open=is_small /></li> }
        })
        .collect_view();
    view! {
        <p class="mt-2 text-muted">{title}</p>
        <ul class="schema-fields">{schemas}</ul>
    }
    .into_any()
}
