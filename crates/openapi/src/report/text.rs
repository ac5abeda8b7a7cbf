//! A report as text for a terminal, the most severe findings first.

use tollgate_types::number;

use super::model::{Client, OperationReport, Outcome, Report};
use crate::spec::Fault;

/// Maximum number of lines of a report that is read in a terminal.
pub const DEFAULT_LINES: usize = 80;
/// Maximum number of reasons for one check, and of characters in one line.
const MAX_REASONS: usize = 2;
const MAX_LINE: usize = 300;

impl Report {
    /// At most `max_lines` lines, without colours. If lines are left out, the last one says so.
    pub fn text(&self, max_lines: usize) -> String {
        let mut lines = vec![self.heading(), self.summary(), self.sizes(), self.durations()];
        lines.extend(self.faults.iter().map(|fault| format!("refused  {}", located(fault))));
        for (language, client) in self.clients.all() {
            if matches!(client, Client::TooLarge) {
                lines.push(format!("FAILED   the {language} client would be too large"));
            }
        }
        let mut failed: Vec<&OperationReport> = self.failed().collect();
        failed.sort_by_key(|operation| std::cmp::Reverse(failures(operation)));
        failed.into_iter().for_each(|operation| operation_lines(operation, &mut lines));
        lines.extend(self.warnings.iter().map(|fault| format!("warning  {}", located(fault))));
        lines.extend(self.not_checked());
        if lines.len() > max_lines {
            let left_out = lines.len() - max_lines.saturating_sub(1);
            lines.truncate(max_lines.saturating_sub(1));
            lines.push(format!("{left_out} more lines; --json lists everything"));
        }
        lines.iter().map(|line| format!("{}\n", cut(line))).collect()
    }

    /// One line, for a list of several documents.
    pub fn line(&self, name: &str) -> String {
        let state = match (self.is_accepted(), self.is_passed()) {
            (false, _) => "refused",
            (true, false) => "FAILED ",
            (true, true) => "ok     ",
        };
        let detail = match Self::first(&self.faults) {
            Some(fault) => fault,
            None => format!(
                "{} of {} pass, {}",
                self.counts.operations - self.counts.failed - self.counts.skipped,
                plural(self.counts.operations, "operation", "operations"),
                plural(self.warnings.len(), "warning", "warnings"),
            ),
        };
        cut(&format!("{state}  {name}  {detail}"))
    }

    fn heading(&self) -> String {
        match self.title.as_str() {
            "" => "The document is refused.".to_owned(),
            title => format!("{title} {} (OpenAPI {})", self.version, self.openapi),
        }
    }

    fn summary(&self) -> String {
        let counts = &self.counts;
        if !self.is_accepted() {
            return plural(self.faults.len(), "error", "errors");
        }
        let passed = counts.operations - counts.failed - counts.skipped;
        let skipped = match counts.skipped {
            0 => String::new(),
            count => format!(", {count} not checked within the time limit"),
        };
        format!(
            "{passed} of {} pass all checks{skipped}; {}",
            plural(counts.operations, "operation", "operations"),
            plural(self.warnings.len(), "warning", "warnings")
        )
    }

    fn sizes(&self) -> String {
        let clients = self.clients.all().map(|(language, client)| match client {
            Client::Generated { bytes } => format!("{language} client {bytes} B"),
            Client::TooLarge => format!("{language} client too large"),
            Client::NotGenerated => format!("no {language} client"),
        });
        format!(
            "size: {} B, {}, {}, {}",
            self.counts.bytes,
            plural(self.counts.schemas, "named schema", "named schemas"),
            plural(self.counts.webhooks, "webhook", "webhooks"),
            clients.join(", ")
        )
    }

    fn durations(&self) -> String {
        let times = &self.times;
        let slowest = times
            .slowest
            .as_ref()
            .map(|(id, took)| format!(" (slowest: {id}, {took} ms)"))
            .unwrap_or_default();
        format!(
            "time: read {} ms, operations {} ms{slowest}, TypeScript {} ms, Python {} ms",
            times.read_ms, times.operations_ms, times.typescript_ms, times.python_ms
        )
    }

    fn not_checked(&self) -> impl Iterator<Item = String> {
        self.operations.iter().flat_map(|operation| {
            operation.checks.all().into_iter().filter_map(move |(name, outcome)| match outcome {
                Outcome::NotChecked { reason } => {
                    let place = format!("{} {}", operation.method, operation.path);
                    Some(format!("unknown  {place}  {name}: {reason}"))
                }
                _ => None,
            })
        })
    }
}

fn failures(operation: &OperationReport) -> usize {
    operation.checks.all().iter().filter(|(_, outcome)| outcome.is_failed()).count()
}

fn operation_lines(operation: &OperationReport, lines: &mut Vec<String>) {
    let OperationReport { id, method, path, .. } = operation;
    lines.push(format!("FAILED   {method} {path} ({id})"));
    for (name, outcome) in operation.checks.all() {
        let Outcome::Failed { reasons } = outcome else { continue };
        for reason in reasons.iter().take(MAX_REASONS) {
            lines.push(format!("         {name}: {reason}"));
        }
        if reasons.len() > MAX_REASONS {
            lines.push(format!("         {name}: and {} more", reasons.len() - MAX_REASONS));
        }
    }
}

fn plural(count: usize, one: &str, many: &str) -> String {
    number::plural(count as u64, one, many)
}

/// `line 3, /info/title: …`.
pub fn located(fault: &Fault) -> String {
    let line = fault.line.map(|line| format!("line {line}"));
    let pointer = Some(fault.pointer.clone()).filter(|pointer| !pointer.is_empty());
    match line.into_iter().chain(pointer).collect::<Vec<_>>().join(", ").as_str() {
        "" => fault.message.clone(),
        place => format!("{place}: {}", fault.message),
    }
}

/// Without line breaks and control characters, which a document's text may contain.
fn cut(line: &str) -> String {
    let visible = line.chars().map(|one| if one.is_control() { ' ' } else { one });
    let mut cut: String = visible.take(MAX_LINE).collect();
    if cut.len() < line.len() && line.chars().count() > MAX_LINE {
        cut.push('…');
    }
    cut
}
