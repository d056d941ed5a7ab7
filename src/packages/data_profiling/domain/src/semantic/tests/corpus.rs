//! A labelled corpus: columns of every kind in many sizes and forms, with dirt, blanks and nulls.

use shared_kernel_domain::table::{ColumnType, Field};
use testkit::MemoryTable;

use super::makers as make;
use super::near_misses::NEAR_MISSES;
use super::random::Random;
use super::words::*;
use crate::semantic::{SemanticKind as Kind, SemanticProfile, SemanticSummary};
use shared_kernel_domain::summary::Summary;

type Maker = fn(&mut Random, u64) -> String;

/// Columns of one kind.
struct Family {
    kind: Kind,
    make: Maker,
    /// Names that say nothing, or too little; where none are given the kind can't be told without.
    neutral: &'static [&'static str],
    /// Names that say what is in the column.
    telling: &'static [&'static str],
    stored: ColumnType,
}

const NEUTRAL: &[&str] = &["value", "col_7", "data", "x", "field12", "attribute"];
const NONE: &[&str] = &[];

const fn family(
    kind: Kind,
    make: Maker,
    neutral: &'static [&'static str],
    telling: &'static [&'static str],
) -> Family {
    Family { kind, make, neutral, telling, stored: ColumnType::Text }
}

const fn integers(family: Family) -> Family {
    Family { stored: ColumnType::Integer, ..family }
}

const fn floats(family: Family) -> Family {
    Family { stored: ColumnType::Float, ..family }
}

const FAMILIES: &[Family] = &[
    family(Kind::Email, make::email, NEUTRAL, &["email", "contact"]),
    family(Kind::Url, make::url, NEUTRAL, &["website", "link"]),
    family(Kind::Uuid, make::uuid, NEUTRAL, &["id", "guid"]),
    family(Kind::Ipv4, make::ipv4, NEUTRAL, &["ip", "client_address"]),
    family(Kind::Ipv6, make::ipv6, NEUTRAL, &["ip"]),
    family(Kind::MacAddress, make::mac, NEUTRAL, &["device"]),
    family(Kind::Phone, make::phone, NEUTRAL, &["phone", "mobile_no"]),
    family(Kind::Phone, make::phone_digits, NONE, &["telephone", "cell", "fax_number"]),
    integers(family(Kind::Phone, make::phone_digits, NONE, &["phone_number", "mobile"])),
    family(Kind::Iban, make::iban, NEUTRAL, &["iban", "account"]),
    family(Kind::CardNumber, make::card, NEUTRAL, &["card_number", "pan"]),
    integers(family(Kind::CardNumber, |random, _| make::card(random, 0), NEUTRAL, &["card"])),
    family(Kind::Isin, make::isin, NEUTRAL, &["security"]),
    family(Kind::SocialSecurityNumber, make::ssn, NEUTRAL, &["ssn"]),
    family(Kind::CountryAlpha2, make::country_of_two, NEUTRAL, &["country", "country_code"]),
    family(
        Kind::CountryAlpha3,
        |random, _| random.pick(COUNTRIES_OF_THREE).to_owned(),
        NEUTRAL,
        &["country"],
    ),
    family(
        Kind::CountryName,
        |random, _| random.pick(COUNTRY_NAMES).to_owned(),
        NEUTRAL,
        &["country"],
    ),
    family(Kind::UsState, |random, _| random.pick(STATES).to_owned(), NEUTRAL, &["state"]),
    family(Kind::UsState, |random, _| random.pick(STATE_NAMES).to_owned(), NEUTRAL, &["state"]),
    family(Kind::Currency, |random, _| random.pick(CURRENCIES).to_owned(), NEUTRAL, &["currency"]),
    family(Kind::Language, make::language, NEUTRAL, &["lang", "locale"]),
    family(
        Kind::Postcode,
        |random, style| make::postcode(random, style % 4),
        NEUTRAL,
        &["postcode"],
    ),
    family(
        Kind::Postcode,
        |random, style| make::postcode(random, 4 + style % 4),
        NONE,
        &["zip", "plz", "postal_code"],
    ),
    family(Kind::CoordinatePair, make::coordinates, NEUTRAL, &["location"]),
    family(Kind::Latitude, make::latitude, NONE, &["lat", "start_latitude"]),
    floats(family(Kind::Latitude, make::latitude, NONE, &["latitude", "lat"])),
    family(Kind::Longitude, make::longitude, NONE, &["lng", "lon"]),
    floats(family(Kind::Longitude, make::longitude, NONE, &["longitude", "long"])),
    family(Kind::PersonName, make::full_name, NEUTRAL, &["name", "customer_name", "author"]),
    family(Kind::PersonName, make::one_name, NONE, &["first_name", "surname", "lastName"]),
    family(Kind::Address, make::address, NEUTRAL, &["address", "street"]),
    family(Kind::DateText, make::date, NEUTRAL, &["date", "created"]),
    integers(family(Kind::DateText, make::compact_date, NONE, &["date", "birth_date"])),
    family(Kind::Time, make::time, NEUTRAL, &["time", "opens"]),
    family(Kind::Year, make::year, NEUTRAL, &["year"]),
    integers(family(Kind::Year, make::year, NEUTRAL, &["year", "model_year"])),
    family(Kind::Quantity, make::quantity, NEUTRAL, &["size", "price"]),
    family(Kind::PaddedCode, make::padded_code, NEUTRAL, &["article", "branch_code"]),
    family(Kind::HashDigest, make::digest, NEUTRAL, &["checksum"]),
    family(Kind::Hostname, make::hostname, NEUTRAL, &["host", "domain"]),
    family(Kind::FilePath, make::path, NEUTRAL, &["file", "path"]),
    family(Kind::MediaType, make::media_type, NEUTRAL, &["mime"]),
    family(Kind::SemanticVersion, make::version, NEUTRAL, &["version"]),
    family(Kind::Json, make::json, NEUTRAL, &["payload"]),
    family(Kind::Base64, make::base64, NEUTRAL, &["blob"]),
    family(Kind::HexColour, make::colour, NEUTRAL, &["colour"]),
    family(Kind::BooleanWord, make::boolean, NEUTRAL, &["active"]),
    family(Kind::CategoricalCode, make::category, NEUTRAL, &["group", "class"]),
];

/// Columns of each family.
pub(super) const COLUMNS: u64 = 24;

/// Columns of each near miss.
const NEAR_MISS_COLUMNS: u64 = 6;

const ROWS: [u64; 6] = [25, 60, 150, 400, 1_000, 3_000];

/// What a column was taken for.
pub(super) struct Judged {
    /// What it is; `None` where it is of no kind.
    pub(super) label: Option<Kind>,
    /// The family or near miss.
    pub(super) family: String,
    /// Whether the column's name says what is in it.
    pub(super) is_named: bool,
    pub(super) profile: SemanticProfile,
}

/// Makes every column and judges it.
pub(super) fn judged() -> Vec<Judged> {
    let mut judged = Vec::new();
    for (number, family) in (1..).zip(FAMILIES) {
        for column in 0..COLUMNS {
            let random = &mut Random::new(number * 1_000 + column);
            let is_named = family.neutral.is_empty() || column % 2 == 0;
            let names = if is_named { family.telling } else { family.neutral };
            let name = random.pick(names);
            let style = has_styles(family.kind).then_some(column / 2);
            let values = values(random, style.unwrap_or(column), style.is_some(), family.make);
            judged.push(Judged {
                label: Some(family.kind),
                family: family.kind.name().to_owned(),
                is_named,
                profile: profile(name, family.stored, &values),
            });
        }
    }
    for (number, (what, name, make)) in (1..).zip(NEAR_MISSES) {
        for column in 0..NEAR_MISS_COLUMNS {
            let random = &mut Random::new(number * 1_000_000 + column);
            let values = values(random, column, false, *make);
            let profile = profile(name, ColumnType::Text, &values);
            let family = format!("({what})");
            judged.push(Judged { label: None, family, is_named: true, profile });
        }
    }
    judged
}

/// Whether a column of the kind may be written in several styles.
fn has_styles(kind: Kind) -> bool {
    !matches!(kind, Kind::CategoricalCode | Kind::BooleanWord | Kind::PaddedCode)
}

/// The values of a column: up to a tenth dirty, up to a third null or null-like. Of those that may
/// be `mixed` one column in four is.
fn values(random: &mut Random, style: u64, mixed: bool, make: Maker) -> Vec<Option<String>> {
    let rows = ROWS[random.below(6) as usize];
    let dirty = random.below(11) as f64 / 100.0;
    let absent = random.below(31) as f64 / 100.0;
    let mixed = mixed && random.chance(0.25);
    (0..rows)
        .map(|_| {
            let style = if mixed { random.below(12) } else { style };
            match () {
                () if random.chance(absent) => match random.below(4) {
                    0 => Some("N/A".to_owned()),
                    1 => Some(String::new()),
                    _ => None,
                },
                () if random.chance(dirty) => Some(dirt(random, style, make)),
                () if random.chance(0.03) => Some(format!(" {}  ", make(random, style))),
                () => Some(make(random, style)),
            }
        })
        .collect()
}

/// A half value, a remark, a number, some letters.
fn dirt(random: &mut Random, style: u64, make: Maker) -> String {
    match random.below(4) {
        0 => {
            let value = make(random, style);
            value.chars().take(value.chars().count() / 2).collect()
        }
        1 => format!("see {} {}", random.pick(WORDS), random.pick(WORDS)),
        2 => random.below(100_000).to_string(),
        _ => random.fill("?~~~#"),
    }
}

/// What a column is taken for. Of numbers, what is no number is left out.
pub(super) fn profile(
    name: &str,
    stored: ColumnType,
    values: &[Option<String>],
) -> SemanticProfile {
    let table = MemoryTable::default();
    let table = match stored {
        ColumnType::Integer => {
            table.integers(name, values.iter().map(|v| v.as_ref()?.parse().ok()))
        }
        ColumnType::Float => table.floats(name, values.iter().map(|v| v.as_ref()?.parse().ok())),
        _ => table.texts(name, values.iter().map(Option::as_deref)),
    };
    let mut summary = SemanticSummary::new();
    table.for_each_batch(&[name.to_owned()], 512, |batch| summary.update(batch)).unwrap();
    summary.profile(&Field { name: name.to_owned(), column_type: stored })
}
