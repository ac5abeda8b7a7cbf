//! The runtime configuration of the shipped binary is that of the build.

fn table(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text
        .lines()
        .skip_while(|line| *line != "[package.metadata.leptos]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .map(str::to_owned)
        .collect();
    lines.retain(|line| !line.is_empty() && !line.starts_with('#'));
    lines.sort();
    lines
}

#[test]
fn leptos_toml_equals_the_table_in_cargo_toml() {
    let shipped = table(include_str!("../../Leptos.toml"));
    assert!(shipped.len() > 5);
    assert_eq!(shipped, table(include_str!("../../Cargo.toml")));
}
