//! The house's floors: a package knows only those below it, and so does a room of the server.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::support::sources;

struct Floor {
    folder: &'static str,
    /// As the code of others names it.
    name: &'static str,
    /// What it gets on without, so that it builds and is tested without it. None: that is not asked
    /// of it.
    without: &'static [&'static str],
}

/// From the bottom up.
const FLOORS: [Floor; 5] = [
    Floor {
        folder: "crates/types",
        name: "tollgate_types",
        without: &["axum", "http", "hyper", "leptos", "server_fn", "tokio", "tracing"],
    },
    Floor {
        folder: "crates/openapi",
        name: "tollgate_openapi",
        without: &[
            "async-stripe",
            "axum",
            "hyper",
            "leptos",
            "redis",
            "reqwest",
            "server_fn",
            "sqlx",
            "tokio",
            "tracing",
            "utoipa",
        ],
    },
    Floor {
        folder: "crates/proxy",
        name: "tollgate_proxy",
        without: &[
            "async-stripe",
            "clap",
            "leptos",
            "redis",
            "reqwest",
            "server_fn",
            "sqlx",
            "tollgate-openapi",
            "utoipa",
        ],
    },
    Floor { folder: "crates/server", name: "tollgate_server", without: &["leptos", "server_fn"] },
    Floor { folder: "src", name: "tollgate", without: &[] },
];

/// Whether a line of code names something of the crate `name`: `use name::…`, `name::…`, `extern
/// crate name`.
fn imports(line: &str, name: &str) -> bool {
    let is_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let code = line.trim_start();
    !code.starts_with("//")
        && code.match_indices(name).any(|(at, _)| {
            let (before, after) = (&code[..at], &code[at + name.len()..]);
            let is_root = !before.ends_with(is_of_name)
                && (before.is_empty() || !before.trim_end_matches(' ').ends_with("::"));
            let is_imported = ["use ", "extern crate "].iter().any(|word| before.ends_with(word))
                && !after.starts_with(is_of_name);
            is_root && (after.starts_with("::") || is_imported)
        })
}

/// Whether a line of a manifest is about the dependency `name`, or one of its family:
/// `leptos_meta`, `async-stripe-core`.
fn depends(line: &str, name: &str) -> bool {
    line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '.', '=', '-', '_']))
}

#[test]
fn imports_are_seen_and_comments_are_not() {
    for line in [
        "use tollgate::server::App;",
        "    pub use tollgate;",
        "    tollgate::server::run()",
        "fn f(of: &tollgate::App)",
        "extern crate tollgate;",
    ] {
        assert!(imports(line, "tollgate"), "{line}");
    }
    for line in [
        "// use tollgate::App;",
        "use tollgate_types::id::OrgId;",
        "use crate::tollgate::X;",
        r#"let name = "tollgate";"#,
        "a_tollgate::b()",
    ] {
        assert!(!imports(line, "tollgate"), "{line}");
    }
    for line in ["sqlx.workspace = true", r#"sqlx = "0.9""#, "sqlx={}", r#"sqlx-core = "0.9""#] {
        assert!(depends(line, "sqlx"), "{line}");
    }
    assert!(!depends("# sqlx = 1", "sqlx") && !depends("sqlxx = 1", "sqlx"));
}

#[test]
fn no_package_names_one_above_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for (i, floor) in FLOORS.iter().enumerate() {
        let files = sources(floor.folder);
        for file in files {
            let text = fs::read_to_string(&file).expect("a source");
            let name = file.strip_prefix(root).expect("below the root").display();
            for (number, line) in text.lines().enumerate() {
                let above = FLOORS[i + 1..].iter().filter(|above| imports(line, above.name));
                found.extend(above.map(|above| {
                    format!(
                        "{name}:{}: {} is above {}: {}",
                        number + 1,
                        above.name,
                        floor.name,
                        line.trim()
                    )
                }));
            }
        }
    }
    assert!(
        found.is_empty(),
        "what is lower knows nothing of what is higher; move the code up, or what it needs down:\n{}",
        found.join("\n")
    );
}

#[test]
fn the_lower_packages_get_on_without_pages_servers_and_databases() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for floor in FLOORS.iter().filter(|floor| !floor.without.is_empty()) {
        let manifest = format!("{}/Cargo.toml", floor.folder);
        let text = fs::read_to_string(root.join(&manifest)).expect("a manifest");
        for (number, line) in text.lines().enumerate() {
            let unwanted = floor.without.iter().find(|name| depends(line, name));
            assert!(
                unwanted.is_none(),
                "{manifest}:{}: {} must build without this: {line}",
                number + 1,
                floor.name
            );
        }
    }
}

/// The floors inside `crates/server/src`, from the bottom up: a folder each, with a room per
/// module.
const SERVER: [&str; 6] = ["base", "metering", "features", "charging", "calls", "services"];

/// Names that `lib.rs` offers without their room.
const ALIASES: [(&str, &str); 4] =
    [("App", "app"), ("Base", "context"), ("Error", "error"), ("Result", "error")];

/// The first names after each `crate::`, also in braces: `crate::{db::Db, keys}` names `db` and
/// `keys`. A floor's name is passed over: `crate::base::db` names `db`.
fn named(code: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (at, root) in code.match_indices("crate::") {
        if !code[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | ':')) {
            heads(&code[at + root.len()..], &mut found);
        }
    }
    found
}

fn heads<'a>(path: &'a str, found: &mut Vec<&'a str>) {
    if let Some(list) = path.strip_prefix('{') {
        let (mut depth, mut begin) = (0, 0);
        for (at, character) in list.char_indices() {
            match character {
                '{' => depth += 1,
                '}' if depth > 0 => depth -= 1,
                ',' | '}' if depth == 0 => {
                    heads(list[begin..at].trim_start(), found);
                    begin = at + 1;
                    if character == '}' {
                        return;
                    }
                }
                _ => {}
            }
        }
        return;
    }
    let name = &path[..path.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(path.len())];
    match path[name.len()..].strip_prefix("::") {
        Some(rest) if SERVER.contains(&name) => heads(rest, found),
        _ if name.is_empty() => {}
        _ => found.push(name),
    }
}

/// The code of a file without its comments and its unit tests, which may use whatever they test.
fn code_of(file: &Path) -> String {
    let text = fs::read_to_string(file).expect("a source");
    let text = text.split_once("#[cfg(test)]\nmod tests {").map_or(text.as_str(), |(code, _)| code);
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The rooms of the server with their floors, and which rooms each names.
fn rooms() -> (BTreeMap<String, usize>, BTreeMap<String, BTreeSet<String>>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/server/src");
    let (mut floors, mut files) = (BTreeMap::new(), Vec::new());
    for (floor, folder) in SERVER.iter().enumerate() {
        for file in sources(&format!("crates/server/src/{folder}")) {
            let inside =
                file.strip_prefix(root.join(folder)).expect("below the floor").with_extension("");
            let mut parts = inside.iter().map(|part| part.to_str().expect("UTF-8"));
            let room = parts.next().expect("a room").to_owned();
            if parts.clone().chain([room.as_str()]).any(|part| part == "tests") {
                continue;
            }
            floors.insert(room.clone(), floor);
            files.push((room, file));
        }
    }
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (room, file) in files {
        let code = code_of(&file);
        for name in named(&code) {
            let name =
                ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, room)| room);
            if name != room && floors.contains_key(name) {
                uses.entry(room.clone()).or_default().insert(name.to_owned());
            }
        }
    }
    (floors, uses)
}

#[test]
fn names_after_the_crate_are_seen_in_every_form() {
    for (code, names) in [
        ("use crate::db::Db;", &["db"][..]),
        (
            "use crate::{App, Error, keys::{self, KeyCache}, webhooks::events};",
            &["App", "Error", "keys", "webhooks"],
        ),
        ("use crate::base::db::{Db, on};", &["db"]),
        ("use crate::{base::{db, error::Error}, mail};", &["db", "error", "mail"]),
        ("    crate::random::id()", &["random"]),
        ("use tollgate_crate::x; other::crate::y", &[]),
    ] {
        assert_eq!(named(code), names, "{code}");
    }
}

#[test]
fn no_room_of_the_server_uses_one_of_a_higher_floor() {
    let (floors, uses) = rooms();
    assert!(floors.len() > 30 && uses.len() > 20, "the rooms are found");
    let mut found = Vec::new();
    for (room, used) in &uses {
        let above = used.iter().filter(|other| floors[*other] > floors[room]);
        found.extend(above.map(|other| {
            format!("{room} ({}) uses {other} ({})", SERVER[floors[room]], SERVER[floors[other]])
        }));
    }
    assert!(found.is_empty(), "move the code up, or what it needs down:\n{}", found.join("\n"));
}

#[test]
fn no_rooms_of_the_server_use_each_other_in_a_circle() {
    let (_, mut uses) = rooms();
    // What uses nothing that is left cannot be part of a circle.
    loop {
        let left: BTreeSet<String> = uses.keys().cloned().collect();
        let before = uses.len();
        uses.retain(|_, used| {
            used.retain(|other| left.contains(other));
            !used.is_empty()
        });
        if uses.len() == before {
            break;
        }
    }
    assert!(uses.is_empty(), "these rooms use each other, or need those that do: {uses:#?}");
}
