//! Determines the effect of an operation on a resource from the form of the document's paths.

use crate::spec::{Operation, Spec};

use super::response::Call;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Create,
    List,
    Read,
    Change,
    Delete,
}

/// A collection, and the role of the operation.
#[derive(Clone, Debug)]
pub struct Resource<'a> {
    pub role: Role,
    /// The collection's path, with values.
    pub collection: String,
    /// The parameter that identifies an item of the collection.
    pub parameter: &'a str,
    /// The value of the parameter, if the path contains it.
    pub id: Option<String>,
    /// The operation that reads an item. Its response is the complete resource.
    pub reader: Option<&'a Operation>,
}

/// `/pets/{id}`: the collection `/pets` and `id`. `/Pets/{Sid}.json`: `/Pets.json` and `Sid`.
fn as_item(path: &str) -> Option<(String, &str)> {
    let (parent, last) = path.trim_end_matches('/').rsplit_once('/')?;
    let (parameter, suffix) = last.strip_prefix('{')?.split_once('}')?;
    (!parent.is_empty() && !suffix.contains('{')).then(|| (format!("{parent}{suffix}"), parameter))
}

/// `None` if an operation has none of the usual forms.
pub fn resource_of<'a>(
    spec: &'a Spec,
    operation: &'a Operation,
    call: &Call,
) -> Option<Resource<'a>> {
    let item = as_item(&operation.path);
    let role = match (operation.method.as_str(), item.is_some()) {
        ("GET" | "HEAD", true) => Role::Read,
        ("GET" | "HEAD", false) => Role::List,
        ("POST", false) => Role::Create,
        // On a collection: an object that contains its id.
        ("PUT" | "PATCH", _) | ("POST", true) => Role::Change,
        ("DELETE", true) => Role::Delete,
        _ => return None,
    };
    let value_of = |parameter: &str| {
        call.path_params.iter().find(|(name, _)| name == parameter).map(|(_, value)| value.clone())
    };
    let (template, parameter, id) = match item {
        Some((template, parameter)) => (template, parameter, Some(value_of(parameter)?)),
        None => {
            let template = operation.path.trim_end_matches('/');
            let (_, parameter) = spec
                .operations
                .iter()
                .filter_map(|one| as_item(&one.path))
                .find(|(of, _)| of == template)?;
            (template.to_owned(), parameter, None)
        }
    };
    let is_reader = |one: &&Operation| {
        one.method == "GET" && as_item(&one.path).is_some_and(|(of, _)| of == template)
    };
    let reader = spec.operations.iter().find(is_reader);
    Some(Resource { role, collection: with_values(&template, call), parameter, id, reader })
}

fn with_values(template: &str, call: &Call) -> String {
    let mut path = template.to_owned();
    for (name, value) in call.path_params {
        path = path.replace(&format!("{{{name}}}"), &value.replace(['/', '{'], "%"));
    }
    path
}

/// The field that contains an object's id: the parameter's name, `id`, or another usual name.
pub fn id_field<'a>(
    object: &'a serde_json::Map<String, serde_json::Value>,
    parameter: &str,
) -> Option<&'a str> {
    let plain = |name: &str| name.to_lowercase().replace(['_', '-'], "");
    let parameter = plain(parameter);
    let is_id =
        |name: &str| object.get(name).is_some_and(|value| value.is_string() || value.is_number());
    let find = |wanted: &str| object.keys().find(|name| plain(name) == wanted && is_id(name));
    let usual = ["id", "sid", "uuid", "guid", "key", "slug", "code", "name"];
    find(&parameter)
        .or_else(|| {
            usual.iter().filter(|usual| parameter.ends_with(*usual)).find_map(|usual| find(usual))
        })
        .or_else(|| ["id", "sid", "uuid", "guid"].iter().find_map(|usual| find(usual)))
        .map(String::as_str)
}
