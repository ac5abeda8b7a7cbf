//! Colours of code: its parts as `<span class="tok-…">`.

/// Maximum length of code that is coloured, in bytes.
const MAX_CODE: usize = 32 * 1024;

/// How a language is written.
struct Grammar {
    comments: &'static [&'static str],
    quotes: &'static str,
    /// Quotes around texts of several lines.
    long_quotes: &'static str,
    words: &'static [&'static str],
    /// A name before a colon is a key.
    has_keys: bool,
}

const C_WORDS: &[&str] = &[
    "async",
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "default",
    "else",
    "enum",
    "export",
    "extends",
    "false",
    "final",
    "finally",
    "fn",
    "for",
    "func",
    "function",
    "if",
    "impl",
    "import",
    "in",
    "interface",
    "let",
    "match",
    "mut",
    "new",
    "nil",
    "null",
    "package",
    "private",
    "pub",
    "public",
    "return",
    "static",
    "struct",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "type",
    "undefined",
    "use",
    "var",
    "void",
    "while",
];
const PYTHON_WORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "async", "await", "class", "def", "elif", "else", "end",
    "except", "finally", "for", "from", "if", "import", "in", "is", "lambda", "nil", "not", "or",
    "pass", "raise", "require", "return", "try", "while", "with", "yield",
];
const SHELL_WORDS: &[&str] = &[
    "case", "curl", "do", "done", "echo", "else", "esac", "export", "fi", "for", "function", "if",
    "in", "then", "while",
];

fn grammar(language: &str) -> Option<Grammar> {
    let of = |comments, quotes, long_quotes, words, has_keys| Grammar {
        comments,
        quotes,
        long_quotes,
        words,
        has_keys,
    };
    let language = language.to_ascii_lowercase();
    Some(match language.as_str() {
        "json" | "jsonc" | "json5" => of(&["//"], "\"", "", &["true", "false", "null"], true),
        "yaml" | "yml" => of(&["#"], "\"'", "", &["true", "false", "null"], true),
        "sh" | "bash" | "shell" | "zsh" | "curl" | "console" => {
            of(&["#"], "", "\"'", SHELL_WORDS, false)
        }
        "python" | "py" | "ruby" | "rb" => of(&["#"], "\"'", "", PYTHON_WORDS, false),
        "js" | "javascript" | "ts" | "typescript" | "jsx" | "tsx" | "node" | "java" | "kotlin"
        | "go" | "rust" | "rs" | "c" | "cpp" | "c#" | "csharp" | "cs" | "php" | "swift"
        | "scala" => of(&["//"], "\"'", "`", C_WORDS, false),
        _ => return None,
    })
}

/// Code as HTML. Code in an unknown language has no colours.
pub fn coloured(language: &str, code: &str) -> String {
    let Some(grammar) = grammar(language).filter(|_| code.len() <= MAX_CODE) else {
        return escaped(code);
    };
    let mut out = String::with_capacity(code.len() * 2);
    let mut rest = code;
    let mut before = '\n';
    while let Some(first) = rest.chars().next() {
        let (length, part) = grammar.part(rest, first, before);
        let (text, after) = rest.split_at_checked(length.max(1)).unwrap_or((rest, ""));
        match part {
            Some(part) => {
                out.push_str(&format!("<span class=\"tok-{part}\">{}</span>", escaped(text)));
            }
            None => out.push_str(&escaped(text)),
        }
        before = text.chars().next_back().unwrap_or(first);
        rest = after;
    }
    out
}

impl Grammar {
    /// The length of the first part of `rest` in bytes, and what it is.
    fn part(&self, rest: &str, first: char, before: char) -> (usize, Option<&'static str>) {
        let until = |end: &dyn Fn(char) -> bool| rest.find(end).unwrap_or(rest.len());
        let is_comment = self.comments.iter().any(|start| rest.starts_with(start))
            && (first != '#' || before.is_whitespace());
        if is_comment {
            return (until(&|c| c == '\n'), Some("comment"));
        }
        let is_long = self.long_quotes.contains(first);
        if is_long || self.quotes.contains(first) {
            let length = text_length(rest, first, is_long);
            let is_key = self.has_keys && is_before_colon(rest.get(length..));
            return (length, Some(if is_key { "key" } else { "text" }));
        }
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        if first.is_ascii_digit() {
            return (until(&|c| !is_word(c) && c != '.'), Some("number"));
        }
        if is_word(first) {
            let length = until(&|c| !(is_word(c) || self.has_keys && matches!(c, '-' | '.')));
            let word = rest.get(..length).unwrap_or_default();
            let part = if self.has_keys && is_before_colon(rest.get(length..)) {
                Some("key")
            } else {
                self.words.contains(&word).then_some("word")
            };
            return (length, part);
        }
        (first.len_utf8(), None)
    }
}

fn is_before_colon(rest: Option<&str>) -> bool {
    rest.and_then(|rest| rest.trim_start_matches(' ').strip_prefix(':')).is_some_and(|rest| {
        rest.is_empty() || rest.starts_with(|c: char| c.is_whitespace() || "\"'[{".contains(c))
    })
}

/// With its quotes; to the end of the line if it is not closed before.
fn text_length(rest: &str, quote: char, is_long: bool) -> usize {
    let mut is_escaped = false;
    for (at, character) in rest.char_indices().skip(1) {
        match character {
            '\n' if !is_long => return at,
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if character == quote => return at + character.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
