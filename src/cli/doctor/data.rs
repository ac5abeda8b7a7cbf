//! The checks of the data folder and the database, and of what they contain.

use super::{Check, Outcome};
use crate::cli::plain;
use crate::server::access::Operator;
use crate::server::config::Config;
use crate::server::db::{Db, Schema};
use crate::server::journal::{self, Aside, Inspected};
use crate::server::sealer::Sealer;
use crate::server::webhooks::{self, Sealed};
use crate::server::{private, products};
use crate::types::number::plural;
use crate::types::time::SECOND;

pub(super) fn data_folder(config: &Config) -> Check {
    let folder = config.data_dir.join("journal");
    let probe = folder.join("doctor");
    let written = private::create_folder(&folder)
        .and_then(|()| private::write(&probe, b"?"))
        .and_then(|()| std::fs::remove_file(&probe));
    match written {
        Ok(()) => Check::new(
            "data folder",
            Outcome::Ok,
            format!("{} is writable", config.data_dir.display()),
        ),
        Err(error) => Check::new(
            "data folder",
            Outcome::Failed,
            format!(
                "{} is not writable ({error}): set TOLLGATE_DATA_DIR to a writable folder, or free \
                 disk space",
                config.data_dir.display()
            ),
        ),
    }
}

/// Whether other users of this machine can read the data folder.
pub(super) fn files(config: &Config) -> Check {
    let check = |outcome, detail: String| Check::new("file modes", outcome, detail);
    let folder = &config.data_dir;
    match private::exposed(folder) {
        Ok(None) => check(Outcome::Ok, "only this user can read the data folder".into()),
        Ok(Some((path, mode))) => check(
            Outcome::Failed,
            format!(
                "{} has mode {mode:03o}: other users of this machine can read call records, mails \
                 and key hashes. Run `chmod -R go= {}`, or start the server, which corrects the \
                 modes of its own files",
                path.display(),
                folder.display()
            ),
        ),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            check(Outcome::Ok, "the data folder does not exist yet".into())
        }
        Err(error) => {
            check(Outcome::Warning, format!("{} cannot be read ({error})", folder.display()))
        }
    }
}

pub(super) async fn database(config: &Config) -> [Check; 4] {
    let unknown = |name| Check::new(name, Outcome::Warning, "cannot be checked");
    let opened =
        Db::open(config.database_url.as_ref().map(|url| url.expose()), &config.data_dir).await;
    let db = match opened {
        Ok(db) => db,
        Err(error) => {
            let detail = format!(
                "{}: check DATABASE_URL, that the database server runs, and that this user may \
                 connect",
                plain(&error)
            );
            return [
                Check::new("database", Outcome::Failed, detail),
                unknown("journal"),
                unknown("secrets"),
                unknown("schemas"),
            ];
        }
    };
    let kind = if db.is_embedded() { "embedded SQLite" } else { "PostgreSQL" };
    let checks = match db.schema().await {
        Ok(Schema { found, known }) if found == known => {
            let written = db.try_write().await;
            let database = match written {
                Ok(()) => Check::new(
                    "database",
                    Outcome::Ok,
                    format!("{kind}, tables up to date, writable"),
                ),
                Err(error) => {
                    let detail = format!(
                        "{kind} is not writable ({}): free disk space, and check that the database \
                         is not read-only",
                        plain(&error)
                    );
                    Check::new("database", Outcome::Failed, detail)
                }
            };
            [database, journal(config, &db).await, secrets(config, &db).await, schemas(&db).await]
        }
        Ok(Schema { found, known }) if found > known => {
            let detail = format!(
                "{kind}: the tables have version {found}, but this program supports versions up to \
                 {known}: install the newer version of Tollgate"
            );
            [
                Check::new("database", Outcome::Failed, detail),
                unknown("journal"),
                unknown("secrets"),
                unknown("schemas"),
            ]
        }
        Ok(_) => [
            Check::new(
                "database",
                Outcome::Warning,
                format!(
                    "{kind} responds, but its tables are missing or outdated: run `tollgate \
                     migrate`, or start the server"
                ),
            ),
            Check::new("journal", Outcome::Ok, "not checked until the tables are up to date"),
            Check::new("secrets", Outcome::Ok, "none yet"),
            Check::new("schemas", Outcome::Ok, "none yet"),
        ],
        Err(error) => [
            Check::new("database", Outcome::Failed, plain(&error)),
            unknown("journal"),
            unknown("secrets"),
            unknown("schemas"),
        ],
    };
    db.close().await;
    checks
}

/// Whether all schemas of products can be read, and whether their documents keep to the standard.
/// Calls are not checked against a schema that cannot be read.
async fn schemas(db: &Db) -> Check {
    let found = match products::doubtful(db, &Operator::command_line()).await {
        Ok(found) => found,
        Err(error) => {
            let detail = format!("cannot be checked: {}", plain(&error));
            return Check::new("schemas", Outcome::Warning, detail);
        }
    };
    let unread: Vec<String> = found
        .iter()
        .filter_map(|doubts| {
            let (first, others) = doubts.problems.split_first()?;
            let more = match others.len() {
                0 => String::new(),
                more => format!(", and {more} more"),
            };
            Some(format!("{}: {} ({}){more}", doubts.product, first.pointer, first.message))
        })
        .collect();
    let deviating: Vec<String> = found
        .iter()
        .filter(|doubts| doubts.warnings > 0)
        .map(|doubts| {
            format!("{}: {}", doubts.product, plural(doubts.warnings, "warning", "warnings"))
        })
        .collect();
    let deviations = if deviating.is_empty() {
        String::new()
    } else {
        format!(
            ". Documents that deviate from the OpenAPI standard without harm: {}. The page of each \
             product lists them",
            deviating.join("; ")
        )
    };
    if unread.is_empty() {
        let detail = format!("all product schemas can be read{deviations}");
        return Check::new("schemas", Outcome::Ok, detail);
    }
    let detail = format!(
        "some schemas cannot be read, so calls are not checked against them: {}. Fix the document \
         and import it again{deviations}",
        unread.join("; ")
    );
    Check::new("schemas", Outcome::Warning, detail)
}

/// Whether recorded calls reach the database.
async fn journal(config: &Config, db: &Db) -> Check {
    let check = |outcome, detail: String| Check::new("journal", outcome, detail);
    let now = config.clock().now();
    let Inspected { lag, dead_letters, damaged, interrupted } =
        match journal::inspect(&config.data_dir, db).await {
            Ok(None) => return check(Outcome::Ok, "none yet".into()),
            Ok(Some(inspected)) => inspected,
            Err(error) => return check(Outcome::Failed, plain(&error)),
        };
    let (folder, age) = (config.data_dir.join("journal"), lag.age(now) / SECOND);
    let mut problems = Vec::new();
    if dead_letters != Aside::default() {
        let (what, effect) = set_aside(dead_letters);
        problems.push(format!(
            "{what} could not be applied, so {effect}; kept in {}. Repair the database (the \
             server's log names the cause), then restart the server to try again",
            folder.join("dead-letters").display()
        ));
    }
    if damaged.parts > 0 {
        let effect = if damaged.ends == damaged.parts {
            format!("They look like ends of streamed responses: {ENDS_MISSING}")
        } else {
            "Their calls are missing from usage and invoices".to_owned()
        };
        problems.push(format!(
            "damaged parts of the journal: {} ({}), kept in {}. {effect}, and Tollgate cannot read \
             them. Check the disk for faults, then move these files elsewhere",
            damaged.parts,
            plural(damaged.bytes, "byte", "bytes"),
            folder.join("*.damaged").display()
        ));
    }
    if lag.age(now) > journal::MAX_AGE || lag.bytes > journal::MAX_BYTES {
        problems.push(format!(
            "{} not in the database yet; the oldest has waited {age} s (limits: {} s, {}). If the \
             server runs, read its log for the cause; if not, start it",
            plural(lag.bytes, "byte of recorded calls is", "bytes of recorded calls are"),
            journal::MAX_AGE / SECOND,
            plural(journal::MAX_BYTES, "byte", "bytes")
        ));
    }
    let torn = (interrupted > 0).then(|| {
        format!(
            "An incomplete record of {} at the end is skipped: the server stopped while it wrote \
             the record, so the call got no response and is not counted",
            plural(interrupted, "byte", "bytes")
        )
    });
    if problems.is_empty() {
        let waiting = format!(
            "{} not in the database yet; the oldest has waited {age} s",
            plural(lag.bytes.saturating_sub(interrupted), "byte is", "bytes are")
        );
        let parts: Vec<String> = [Some(waiting), torn].into_iter().flatten().collect();
        return check(Outcome::Ok, parts.join(". "));
    }
    problems.extend(torn);
    check(Outcome::Failed, problems.join(". "))
}

/// What a missing end of a streamed response means.
const ENDS_MISSING: &str = "calls and billed units are complete, but the final sizes, durations \
                            and outcomes of these responses are missing";

/// The records that were set aside, and what that means.
fn set_aside(Aside { calls, ends }: Aside) -> (String, &'static str) {
    let of_calls = plural(calls as u64, "recorded call", "recorded calls");
    let of_ends = plural(ends as u64, "end of a streamed response", "ends of streamed responses");
    match (calls, ends) {
        (0, _) => (of_ends, ENDS_MISSING),
        (_, 0) => (of_calls, "usage and invoices are incomplete"),
        _ => (format!("{of_calls} and {of_ends}"), "usage and invoices are incomplete"),
    }
}

/// Whether this instance can decrypt the secrets in the database.
async fn secrets(config: &Config, db: &Db) -> Check {
    let check = |outcome, detail: String| Check::new("secrets", outcome, detail);
    let sealer = match Sealer::find_key(config.secret_key.as_ref(), &config.data_dir) {
        Ok(sealer) => sealer,
        Err(error) => return check(Outcome::Failed, plain(&error)),
    };
    let source = match &config.secret_key {
        Some(_) => "TOLLGATE_SECRET_KEY".to_owned(),
        None => config.data_dir.join("secret.key").display().to_string(),
    };
    match products::foreign_secrets(db, sealer.as_ref()).await {
        Ok(0) => {}
        Ok(foreign) => {
            let detail = format!(
                "{source} does not open the signing secrets of {}: calls to them fail with 404. \
                 Set the same TOLLGATE_SECRET_KEY on all instances (copy it from the instance that \
                 created them: its settings, or secret.key in its data folder)",
                plural(foreign, "product", "products")
            );
            return check(Outcome::Failed, detail);
        }
        Err(error) => return check(Outcome::Failed, plain(&error)),
    }
    match webhooks::sealed(db, sealer.as_ref()).await {
        Ok(Sealed { ours, foreign: 0 }) => {
            // Correct for a single instance, which may be all that is needed.
            let one = if db.is_embedded() || config.secret_key.is_some() {
                ""
            } else {
                "; a second instance needs it as TOLLGATE_SECRET_KEY"
            };
            let found =
                if sealer.is_some() { "opens" } else { "will be created at the first start for" };
            check(
                Outcome::Ok,
                format!(
                    "{source} {found} the secrets of {}{one}",
                    plural(ours, "webhook endpoint", "webhook endpoints")
                ),
            )
        }
        Ok(Sealed { ours, foreign }) => {
            let what =
                if sealer.is_some() { "does not open" } else { "is missing and cannot open" };
            let detail = format!(
                "{source} {what} the secrets of {foreign} of {}: this instance delivers nothing to \
                 them. Set the same TOLLGATE_SECRET_KEY on all instances (copy it from the \
                 instance that created them: its settings, or secret.key in its data folder). If \
                 that key is lost, set the endpoints' headers again and rotate their secrets \
                 without overlap",
                plural(ours + foreign, "webhook endpoint", "webhook endpoints")
            );
            check(Outcome::Failed, detail)
        }
        Err(error) => check(Outcome::Failed, plain(&error)),
    }
}
