//! Circles of files within a package: files that import each other, directly or through others.
//!
//! An import counts for the file that defines the name, whether the path goes through a
//! re-export or not. `mod` declarations do not count.

mod paths;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::support::sources;
use paths::Names;

/// The most files that may import each other in one circle.
const LARGEST: usize = 8;

const FOLDERS: [&str; 5] =
    ["crates/types/src", "crates/openapi/src", "crates/proxy/src", "crates/server/src", "src"];

/// The modules of a package by their paths, `[]` for its root, with what each file names.
struct Package(BTreeMap<Vec<String>, Names>);

/// Where a path leads.
enum Origin {
    /// To something that this module defines.
    Item(Vec<String>),
    /// To something in this module that no definition shows: a macro makes it, or it is of another
    /// package.
    Unknown(Vec<String>),
    /// To another package, or to a module itself, which is no import: paths that go through it are.
    Module,
}

impl Package {
    fn read(folder: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let mut modules = BTreeMap::new();
        for file in sources(folder) {
            let inside = file.strip_prefix(&root).expect("below the folder").with_extension("");
            let parts = inside.iter().map(|part| part.to_str().expect("UTF-8").to_owned());
            let mut module: Vec<String> = parts.collect();
            module.retain(|part| part != "lib");
            let code = fs::read_to_string(&file).expect("a source");
            modules.insert(module, paths::names(&code));
        }
        let mut tests: Vec<Vec<String>> = Vec::new();
        for (module, names) in &modules {
            let apart = names.only_tested.iter();
            tests
                .extend(apart.map(|name| [module.as_slice(), std::slice::from_ref(name)].concat()));
        }
        modules.retain(|module, _| !tests.iter().any(|test| module.starts_with(test)));
        Self(modules)
    }

    /// Where a path within `module` leads.
    fn origin(&self, module: &[String], parts: &[String], depth: usize) -> Origin {
        let Some((first, rest)) = parts.split_first() else { return Origin::Module };
        let at = match first.as_str() {
            "crate" => &[],
            "self" => module,
            "super" => &module[..module.len().saturating_sub(1)],
            _ => {
                return match self.member(module, parts, depth) {
                    // The first name is of another package.
                    Origin::Unknown(same) if same == module => Origin::Module,
                    origin => origin,
                };
            }
        };
        match rest.first() {
            Some(next) if next == "super" => self.origin(at, rest, depth),
            _ => self.member(at, rest, depth),
        }
    }

    /// Where a path leads that begins with a member of `module`.
    fn member(&self, module: &[String], parts: &[String], depth: usize) -> Origin {
        let Some((first, rest)) = parts.split_first() else { return Origin::Module };
        let Some(names) = self.0.get(module).filter(|_| depth > 0) else { return Origin::Module };
        let child = [module, std::slice::from_ref(first)].concat();
        // `read::Source` is in the module, even if a method is named `read`, too.
        let is_module = self.0.contains_key(&child);
        if names.items.contains(first) && (!is_module || rest.is_empty()) {
            return Origin::Item(module.to_vec());
        }
        if is_module {
            return self.member(&child, rest, depth);
        }
        let uses = || names.paths.iter().filter(|path| path.inside.is_empty());
        let named = |path: &&paths::Path| path.name.as_ref() == Some(first);
        // `use a::a;` is no way to itself.
        let is_other = |path: &&paths::Path| path.parts.first() != Some(first);
        if let Some(path) = uses().filter(named).find(is_other) {
            return self.origin(module, &[path.parts.as_slice(), rest].concat(), depth - 1);
        }
        let all = uses().filter(|path| path.name.as_deref() == Some("*"));
        let mut within =
            all.map(|path| self.origin(module, &[&path.parts, parts].concat(), depth - 1));
        let item = within.find(|origin| matches!(origin, Origin::Item(_)));
        item.unwrap_or_else(|| Origin::Unknown(module.to_vec()))
    }

    /// Which modules each module imports from.
    fn imports(&self) -> BTreeMap<&[String], BTreeSet<Vec<String>>> {
        let of = |module: &[String], names: &Names| {
            let paths = names.paths.iter();
            let found = paths.filter_map(|path| {
                let mut parts = path.parts.clone();
                // `super` within an inline module is the file itself.
                for _ in &path.inside {
                    if parts.first().is_some_and(|part| part == "super") {
                        parts.remove(0);
                    }
                }
                match self.origin(module, &parts, 8) {
                    Origin::Item(other) | Origin::Unknown(other) if other != module => Some(other),
                    _ => None,
                }
            });
            found.collect()
        };
        self.0.iter().map(|(module, names)| (module.as_slice(), of(module, names))).collect()
    }

    /// Groups of modules that all reach each other, the largest first.
    fn circles(&self) -> Vec<Vec<String>> {
        let imports = self.imports();
        let reached: BTreeMap<&[String], BTreeSet<&[String]>> = imports
            .keys()
            .map(|start| {
                let (mut seen, mut next) = (BTreeSet::new(), vec![*start]);
                while let Some(module) = next.pop() {
                    for other in &imports[module] {
                        if seen.insert(other.as_slice()) {
                            next.push(other);
                        }
                    }
                }
                (*start, seen)
            })
            .collect();
        let circles: BTreeSet<Vec<String>> = reached
            .iter()
            .filter(|(module, seen)| seen.contains(*module))
            .map(|(module, seen)| {
                let both = seen.iter().filter(|other| reached[*other].contains(module));
                both.map(|module| module.join("::")).collect()
            })
            .collect();
        let mut circles: Vec<_> = circles.into_iter().collect();
        circles.sort_by_key(|circle| std::cmp::Reverse(circle.len()));
        circles
    }
}

#[test]
fn no_more_than_eight_files_import_each_other_in_a_circle() {
    let mut found = Vec::new();
    for folder in FOLDERS {
        let package = Package::read(folder);
        let imports = package.imports();
        assert!(imports.values().flatten().count() > 20, "the imports of {folder} are read");
        for circle in package.circles().into_iter().filter(|circle| circle.len() > LARGEST) {
            found.push(format!("{} files of {folder}:", circle.len()));
            for (module, others) in &imports {
                let module = module.join("::");
                let others: Vec<String> = others.iter().map(|other| other.join("::")).collect();
                if circle.contains(&module) {
                    let others = others.iter().filter(|other| circle.contains(other));
                    let others: Vec<&str> = others.map(String::as_str).collect();
                    found.push(format!("    {module} imports from {}", others.join(", ")));
                }
            }
        }
    }
    assert!(found.is_empty(), "move what they share to its own file:\n{}", found.join("\n"));
}

#[test]
fn circles_of_files_are_found() {
    let files = [
        ("", "pub mod a; pub mod b; pub use a::A;"),
        ("a", "mod c; use crate::b::B; pub struct A; pub use c::C; fn f() { c::g() }"),
        ("a::c", "use super::super::b; pub struct C; pub fn g() { b::h(crate::A) }"),
        ("b", "mod d; use d::D; pub use crate::a::C; pub fn h() {}"),
        ("b::d", "pub struct D;"),
    ];
    let modules = files.map(|(module, code)| {
        let module = module.split("::").filter(|part| !part.is_empty()).map(str::to_owned);
        (module.collect(), paths::names(code))
    });
    let package = Package(BTreeMap::from(modules));
    // `b` defines no `B`, `D` imports nothing, and the root only forwards.
    assert_eq!(package.circles(), [["a", "a::c", "b"]]);
}
