//! Lists of facts as Markdown.

use std::fmt::Write;

use tollgate_types::docs::{Fact, Facts};

use super::{closed, one_line, plain};

/// Each list with its heading.
pub fn sections(sections: &[Facts], out: &mut String) {
    for Facts { title, note, facts } in sections {
        _ = write!(out, "\n## {}\n", plain(title));
        if !note.is_empty() {
            _ = write!(out, "\n{}\n", plain(note));
        }
        out.push('\n');
        entries(facts, out);
    }
}

/// One item for each fact. A description of several lines is indented, so that it is part of it.
pub fn entries(facts: &[Fact], out: &mut String) {
    for Fact { label, text, href, about } in facts {
        let text = match href {
            Some(href) => {
                format!("[{}](<{}>)", plain(text), one_line(href).replace(['<', '>'], ""))
            }
            None => plain(text),
        };
        let words = [plain(label), text];
        let words = words.iter().filter(|part| !part.is_empty());
        _ = writeln!(out, "- {}", words.cloned().collect::<Vec<_>>().join(": "));
        if !about.trim().is_empty() {
            let about = closed(about);
            let lines = about.lines().map(|line| {
                if line.trim().is_empty() { String::new() } else { format!("  {line}") }
            });
            _ = writeln!(out, "\n{}\n", lines.collect::<Vec<_>>().join("\n"));
        }
    }
}
