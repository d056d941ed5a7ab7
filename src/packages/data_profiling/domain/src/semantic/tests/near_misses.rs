//! Columns that look like a kind and are of none, and columns of nothing special.

use super::makers;
use super::random::Random;
use super::words::*;

/// A name for what is made, the column's name, and how a value is made.
pub(super) type NearMiss = (&'static str, &'static str, fn(&mut Random, u64) -> String);

pub(super) const NEAR_MISSES: &[NearMiss] = &[
    ("16-digit order numbers", "order_id", |random, _| random.fill("^###############")),
    ("16-digit numbers that begin like cards", "card_ref", |random, _| {
        random.fill("4###############")
    }),
    ("two-letter product codes", "code", |random, _| random.fill("??")),
    ("two-letter codes, lower case", "kind", |random, _| random.fill("~~")),
    ("three-letter stations", "origin", |random, _| Random::new(random.below(400)).fill("???")),
    ("three-letter tickers", "symbol", |random, _| random.fill("???")),
    ("product titles", "product_name", |random, _| things(random)),
    ("titles without a name", "col_3", |random, _| things(random)),
    ("cities", "city", |random, _| random.pick(CITIES).to_owned()),
    ("cities without a name", "value", |random, _| random.pick(CITIES).to_owned()),
    ("jobs", "position", |random, _| job(random)),
    ("jobs without a name", "attribute", |random, _| job(random)),
    ("teams under a weak name", "name", |random, _| {
        format!("{} {}", random.pick(CITIES), random.pick(&["Lions", "Sharks", "Stars", "United"]))
    }),
    ("parks named after people", "name", |random, _| {
        format!("{} {}", random.pick(GIVEN), random.pick(&["Park", "Station", "School", "Bridge"]))
    }),
    ("packages of programs", "package", |random, _| {
        format!("com.{}.{}", random.pick(WORDS), random.pick(THINGS).to_lowercase())
    }),
    ("amounts of things", "stock", |random, _| {
        format!("{} {}", random.below(90), random.pick(THINGS))
    }),
    ("companies", "company", |random, _| company(random)),
    ("companies under a weak name", "name", |random, _| company(random)),
    ("ten-digit identifiers", "customer_id", |random, _| random.fill("^#########")),
    ("references in three groups", "reference", |random, _| random.fill("1##-^##-####")),
    ("identifiers that may be years", "id", |random, _| random.between(1_000, 2_999).to_string()),
    ("clock as a number", "dep_time", |random, _| random.between(1, 2_359).to_string()),
    ("counts around two thousand", "units_sold", |random, _| {
        random.between(1_500, 2_600).to_string()
    }),
    ("five-digit amounts", "amount", |random, _| random.fill("^####")),
    ("free text", "comment", |random, _| sentence(random)),
    ("free text without a name", "field_9", |random, _| sentence(random)),
    ("ISIN with a wrong digit", "isin", |random, style| wrong_last(&makers::isin(random, style))),
    ("IBAN with a wrong digit", "iban", |random, style| wrong_last(&makers::iban(random, style))),
    ("cards with a wrong digit", "pan", |random, style| wrong_last(&makers::card(random, style))),
    ("UUID that lacks a digit", "uuid", |random, style| {
        makers::uuid(random, 2 * (style % 2)).replacen('-', "", 1)
    }),
    ("ratios", "aspect", |random, _| format!("{}:{}", random.between(1, 32), random.between(1, 9))),
    ("two-part versions", "release", |random, _| random.fill("^.##")),
    ("section numbers", "section", |random, _| random.fill("^.^.^.^.^")),
    ("addresses beyond 255", "ip", |random, _| {
        format!("{}.{}.1.{}", random.between(256, 900), random.below(256), random.below(999))
    }),
    ("tokens of 24 hexadecimal digits", "object", |random, _| random.text("0123456789abcdef", 24)),
    ("tokens of letters and digits", "token", |random, _| {
        random.text("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", 16)
    }),
    ("stock keeping units", "sku", |random, _| random.fill("??-####-?")),
    ("plain decimals", "delta", |random, style| makers::latitude(random, style)),
    ("grouped numbers", "population", |random, _| random.fill("^##,###")),
    ("numbers beyond 900 in the form of an SSN", "case", |random, _| random.fill("9##-##-####")),
    ("half e-mail, half phone", "contact", |random, style| {
        if random.chance(0.5) { makers::email(random, style) } else { makers::phone(random, style) }
    }),
    ("words with dots", "attribute", |random, _| {
        format!("{}.{}", random.pick(WORDS), random.pick(&["value", "count", "items", "size"]))
    }),
    ("alternatives", "choice", |random, _| {
        format!("{}/{}", random.pick(WORDS), random.pick(WORDS))
    }),
    ("hash tags", "tag", |random, _| format!("#{}{}", random.pick(WORDS), random.below(99))),
    ("handles", "handle", |random, _| format!("@{}{}", random.pick(THINGS), random.below(999))),
    ("rooms", "room", |random, _| {
        format!("{} {}", random.pick(&["Room", "Hall", "Lab"]), random.below(900))
    }),
];

fn things(random: &mut Random) -> String {
    let words = random.between(2, 3);
    (0..words).map(|_| random.pick(THINGS)).collect::<Vec<_>>().join(" ")
}

fn job(random: &mut Random) -> String {
    let level = random.pick(&["Senior", "Junior", "Lead", "Chief", "Assistant", "Regional"]);
    let field = random.pick(&["Sales", "Software", "Data", "Grant", "Dean", "Finance", "Art"]);
    format!("{level} {field} {}", random.pick(&["Manager", "Engineer", "Officer", "Clerk"]))
}

fn company(random: &mut Random) -> String {
    let (first, second) = (random.pick(COMPANIES), random.pick(COMPANIES));
    match random.below(3) {
        0 => format!("{first} {}", random.pick(&["Inc.", "Ltd", "GmbH", "LLC", "S.A."])),
        1 => format!("{first} & {second}"),
        _ => format!("{first} {second}"),
    }
}

fn sentence(random: &mut Random) -> String {
    let words = random.between(4, 14);
    (0..words).map(|_| random.pick(WORDS)).collect::<Vec<_>>().join(" ")
}

fn wrong_last(text: &str) -> String {
    let last = text.chars().next_back().unwrap().to_digit(10).unwrap();
    format!("{}{}", &text[..text.len() - 1], (last + 1) % 10)
}
