//! Realistic values by the name of a field.

use super::text;
use crate::mock::seed::Seed;

const PEOPLE: [(&str, &str); 8] = [
    ("Ada", "Lovelace"),
    ("Grace", "Hopper"),
    ("Alan", "Turing"),
    ("Edsger", "Dijkstra"),
    ("Barbara", "Liskov"),
    ("Donald", "Knuth"),
    ("Frances", "Allen"),
    ("Tony", "Hoare"),
];
const CITIES: [&str; 6] = ["Berlin", "Lisbon", "Nairobi", "Osaka", "Toronto", "Utrecht"];
const COMPANIES: [&str; 5] =
    ["Northwind Trading", "Acme Corporation", "Globex", "Initech", "Umbra Labs"];
const STREETS: [&str; 4] =
    ["12 Harbour Street", "7 Mill Lane", "48 Station Road", "3 Garden Avenue"];
const CURRENCIES: [&str; 4] = ["EUR", "USD", "GBP", "JPY"];

/// The last word decides: `billing_email` is a mail address.
pub fn text(name: &str, seed: Seed) -> Option<String> {
    let words = words_of(name);
    let last = words.last()?.as_str();
    let before =
        words.len().checked_sub(2).and_then(|index| words.get(index)).map_or("", String::as_str);
    let (first_name, last_name) = seed.pick(&PEOPLE).copied()?;
    let choose = |of: &[&str]| seed.pick(of).map(|text| (*text).to_owned());
    Some(match (before, last) {
        ("first" | "given", "name") | (_, "firstname" | "forename") => first_name.to_owned(),
        ("last" | "family", "name") | (_, "lastname" | "surname") => last_name.to_owned(),
        ("user", "name") | (_, "username" | "login" | "handle" | "nickname") => {
            format!("{}{}", first_name.to_lowercase(), seed.below(90) + 10)
        }
        ("company" | "organization" | "organisation" | "business", "name")
        | (_, "company" | "organization" | "organisation" | "employer") => choose(&COMPANIES)?,
        ("file", "name") | (_, "filename") => format!("report-{}.pdf", seed.below(90) + 10),
        ("host", "name") | (_, "hostname" | "host" | "domain") => "api.example.com".to_owned(),
        ("full" | "display" | "contact" | "customer" | "author" | "owner", "name")
        | (_, "author" | "owner" | "fullname") => {
            format!("{first_name} {last_name}")
        }
        (_, "name") if words.len() == 1 => format!("{first_name} {last_name}"),
        (_, "email" | "mail") => email(seed),
        (_, "phone" | "mobile" | "telephone" | "fax") | ("phone", "number") => phone(seed),
        (_, "id" | "uuid" | "guid" | "sid") => format!("{:012x}", seed.number() & 0xffff_ffff_ffff),
        (_, "url" | "uri" | "href" | "link" | "website" | "homepage" | "webhook" | "callback") => {
            format!("https://example.com/{}", slug(name))
        }
        (_, "avatar" | "image" | "photo" | "picture" | "logo" | "icon") => {
            format!("https://example.com/images/{}.png", seed.below(900))
        }
        (_, "city" | "town") => choose(&CITIES)?,
        (_, "country") => choose(&["DE", "PT", "KE", "JP", "CA", "NL"])?,
        (_, "state" | "region" | "province") => {
            choose(&["Bavaria", "Ontario", "Utrecht", "Lisboa"])?
        }
        (_, "street" | "address" | "line1") => choose(&STREETS)?,
        (_, "zip" | "zipcode" | "postcode" | "postal") | ("zip" | "postal" | "post", "code") => {
            format!("{:05}", 10_000 + seed.below(80_000))
        }
        (_, "currency") | ("currency", "code") => currency(seed),
        (_, "language" | "locale" | "lang") => choose(&["en", "de", "fr", "ja"])?,
        (_, "timezone" | "tz") | ("time", "zone") => "Europe/Berlin".to_owned(),
        (_, "at" | "timestamp" | "datetime" | "created" | "updated" | "modified") => {
            date_time(seed)
        }
        (_, "date" | "birthday" | "day") => date_time(seed).chars().take(10).collect(),
        (_, "time") => date_time(seed),
        (_, "status") => choose(&["active", "pending", "complete"])?,
        (_, "amount" | "price" | "total" | "balance" | "cost") => {
            format!("{}.{:02}", seed.below(500) + 1, seed.nth(1).below(100))
        }
        (_, "color" | "colour") => format!("#{:06x}", seed.below(1 << 24)),
        (_, "title" | "subject" | "headline") => {
            choose(&["Quarterly report", "Welcome aboard", "Release notes", "Team offsite"])?
        }
        (
            _,
            "description" | "summary" | "comment" | "note" | "notes" | "message" | "text" | "body"
            | "content",
        ) => choose(&[
            "A short description of this object.",
            "An example of what a response looks like.",
            "Nothing of note.",
        ])?,
        (_, "tag" | "label" | "category" | "kind") => choose(&["blue", "large", "new", "sale"])?,
        (_, "token" | "secret" | "hash" | "checksum" | "etag" | "signature" | "cursor") => {
            format!("{:016x}{:016x}", seed.nth(3).number(), seed.nth(4).number())
        }
        (_, "version") => format!("1.{}.0", seed.below(10)),
        (_, "slug" | "key") => text::words("", seed, 0, 64),
        (_, "ip") => format!("192.0.2.{}", seed.below(250) + 1),
        _ => return None,
    })
}

/// Typical numbers for such a field.
pub fn number(name: &str, seed: Seed) -> Option<i64> {
    let words = words_of(name);
    let number = |low: u64, high: u64| i64::try_from(low + seed.below(high - low)).ok();
    match words.last()?.as_str() {
        "id" => number(1_000, 99_999),
        "amount" | "price" | "total" | "balance" | "cost" | "subtotal" => number(5, 500),
        "age" => number(18, 80),
        "year" => number(2_000, 2_026),
        "month" => number(1, 12),
        "day" => number(1, 28),
        "page" | "offset" | "position" | "index" | "version" | "level" | "priority" => number(1, 5),
        "limit" | "size" if words.len() == 1 => number(10, 100),
        "quantity" | "count" | "qty" => number(1, 20),
        "percent" | "percentage" | "progress" => number(1, 100),
        "rating" | "stars" | "score" => number(1, 5),
        "latitude" | "lat" => number(1, 60),
        "longitude" | "lng" | "lon" => number(1, 120),
        "code" | "status" => Some(200),
        "port" => Some(8_080),
        "at" | "timestamp" | "created" | "updated" | "time" | "expires" => {
            number(1_760_000_000, 1_790_000_000)
        }
        "width" | "height" => number(100, 1_200),
        _ => None,
    }
}

/// `createdAt`, `created_at` and `Created-At` become `["created", "at"]`.
fn words_of(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut was_lower = false;
    let mut is_new = true;
    for letter in name.chars().take(80) {
        if !letter.is_alphanumeric() {
            is_new = true;
            continue;
        }
        if is_new || (letter.is_uppercase() && was_lower) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(letter.to_lowercase());
        }
        was_lower = letter.is_lowercase();
        is_new = false;
    }
    words
}

pub fn spoken(name: &str) -> String {
    words_of(name).join(" ")
}

pub fn slug(name: &str) -> String {
    let slug: String = words_of(name).join("-").chars().filter(char::is_ascii).collect();
    if slug.is_empty() { "resource".to_owned() } else { slug }
}

pub fn email(seed: Seed) -> String {
    let name = seed.pick(&PEOPLE).map_or("ada", |(first, _)| first);
    format!("{}{}@example.com", name.to_lowercase(), seed.nth(1).below(90) + 10)
}

/// Numbers that are reserved for fiction.
pub fn phone(seed: Seed) -> String {
    format!("+1202555{:04}", 100 + seed.below(100))
}

pub fn currency(seed: Seed) -> String {
    seed.pick(&CURRENCIES).copied().unwrap_or("EUR").to_owned()
}

/// A time in 2025. It never depends on the current time, so a response stays the same.
pub fn date_time(seed: Seed) -> String {
    let part = |index: u64, end: u64| seed.nth(index).below(end);
    format!(
        "2025-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        part(1, 12) + 1,
        part(2, 28) + 1,
        part(3, 24),
        part(4, 60),
        part(5, 60)
    )
}
