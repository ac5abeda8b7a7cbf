//! What the document shares: `definitions`, `parameters`, `responses` and `securityDefinitions`.

use serde_json::{Map, Value};

use super::context::{Context, Fields, media_types};
use super::{inputs, parameter, response, security};
use crate::spec::component_names::{self, Names};
use crate::spec::walk::join;

pub fn components(context: &Context) -> Fields {
    let mut components = Map::new();
    let mut add = |from: &str, to: &str, convert: &dyn Fn(&Value, &str) -> Option<Value>| {
        let Some(written) = context.written.get(from) else { return };
        let (before, after) = (join("", from), join("/components", to));
        context.moved(after.as_str(), before.as_str());
        let Value::Object(named) = written else {
            components.insert(to.to_owned(), written.clone());
            return;
        };
        let mut names = Names::default();
        named.keys().filter(|name| component_names::is_valid(name)).for_each(|name| {
            names.take(name);
        });
        let mut section = Map::new();
        for (written_name, value) in named {
            let name = if component_names::is_valid(written_name) {
                written_name.clone()
            } else {
                let name = names.unique(written_name);
                context.moved(join(&after, &name), join(&before, written_name));
                name
            };
            if let Some(value) = convert(value, &join(&after, &name)) {
                section.insert(name, value);
            }
        }
        if !section.is_empty() {
            components.insert(to.to_owned(), Value::Object(section));
        }
    };
    add("definitions", "schemas", &|value, _| Some(value.clone()));
    add("parameters", "parameters", &|value, at| {
        // Bodies are written to the operations, because their media types depend on them.
        (!inputs::is_part_of_body(value)).then(|| parameter::parameter(context, value, at))
    });
    let produces = media_types(context, None, "produces");
    add("responses", "responses", &|value, at| {
        Some(response::response(context, value, &produces, false, at))
    });
    add("securityDefinitions", "securitySchemes", &|value, _| Some(security::scheme(value)));
    components
}
