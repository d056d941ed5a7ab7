//! What a column's name says about its values: weak evidence, used where values leave it open.

use super::kind::{KindSet, SemanticKind};

/// How strongly a name speaks of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PersonHint {
    /// It speaks of something else that has names: products, cities, files…
    Against,
    /// It says nothing.
    None,
    /// It says `name`.
    Weak,
    /// It says `first name`, `author`, `patient`…
    Strong,
}

/// What a column's name says.
#[derive(Clone, Copy, Debug)]
pub(super) struct NameHints {
    /// Kinds it names.
    pub(super) kinds: KindSet,
    /// Whether it names people.
    pub(super) person: PersonHint,
    /// Whether it speaks of a count, an amount or a number that identifies.
    pub(super) is_quantity_or_identifier: bool,
}

use SemanticKind as Kind;

/// Words, and pairs of words written together, that name a kind.
const WORDS: &[(Kind, &[&str])] = &[
    (
        Kind::Phone,
        &[
            "phone",
            "telephone",
            "tel",
            "mobile",
            "cell",
            "cellphone",
            "fax",
            "msisdn",
            "telefon",
            "handy",
            "telefono",
            "telefoonnummer",
            "whatsapp",
            "phonenumber",
        ],
    ),
    (Kind::Email, &["email", "mail"]),
    (
        Kind::Postcode,
        &[
            "zip",
            "zipcode",
            "postcode",
            "postalcode",
            "postal",
            "plz",
            "postleitzahl",
            "codepostal",
            "cap",
            "postnummer",
            "pincode",
            "cep",
            "codigopostal",
        ],
    ),
    (Kind::Latitude, &["lat", "latitude", "breitengrad", "latitud"]),
    (Kind::Longitude, &["lon", "lng", "long", "longitude", "laengengrad", "longitud"]),
    (
        Kind::CountryAlpha2,
        &[
            "country",
            "nation",
            "nationality",
            "land",
            "pays",
            "pais",
            "paese",
            "countrycode",
            "citizenship",
            "cc",
            "iso2",
        ],
    ),
    (Kind::CountryAlpha3, &["country", "nation", "nationality", "iso3", "noc"]),
    (Kind::CountryName, &["country", "nation", "nationality"]),
    (Kind::UsState, &["state", "states", "province", "st"]),
    (
        Kind::Language,
        &["language", "lang", "locale", "sprache", "langue", "idioma", "lingua", "culture"],
    ),
    (Kind::Currency, &["currency", "ccy", "waehrung", "devise", "moneda", "valuta", "curr"]),
    (
        Kind::Year,
        &[
            "year",
            "yr",
            "yyyy",
            "jahr",
            "annee",
            "ano",
            "anno",
            "vintage",
            "yob",
            "birthyear",
            "season",
            "cohort",
        ],
    ),
    (Kind::SocialSecurityNumber, &["ssn", "socialsecurity", "socialsecuritynumber"]),
    (
        Kind::CardNumber,
        &["card", "cardnumber", "creditcard", "pan", "ccnumber", "ccnum", "cardno", "paymentcard"],
    ),
    (
        Kind::Address,
        &[
            "address",
            "addr",
            "street",
            "adresse",
            "strasse",
            "direccion",
            "indirizzo",
            "adres",
            "endereco",
            "addressline",
            "streetaddress",
        ],
    ),
    (
        Kind::DateText,
        &[
            "date",
            "day",
            "datum",
            "fecha",
            "dob",
            "birthdate",
            "birthday",
            "timestamp",
            "dt",
            "yyyymmdd",
        ],
    ),
    (Kind::Time, &["time", "clock", "uhrzeit", "heure", "hora"]),
];

const STRONG_PERSON: &[&str] = &[
    "firstname",
    "lastname",
    "surname",
    "fullname",
    "forename",
    "givenname",
    "familyname",
    "middlename",
    "maidenname",
    "fname",
    "lname",
    "vorname",
    "nachname",
    "prenom",
    "apellido",
    "apellidos",
    "nombres",
    "cognome",
    "achternaam",
    "voornaam",
    "contactname",
    "customername",
    "employeename",
    "patientname",
    "personname",
    "studentname",
    "clientname",
    "membername",
    "passengername",
    "author",
    "patient",
    "employee",
    "person",
    "passenger",
    "player",
    "director",
    "actor",
    "teacher",
    "student",
    "doctor",
    "manager",
    "contact",
    "cardholder",
    "attendee",
];

const WEAK_PERSON: &[&str] =
    &["name", "names", "nom", "nombre", "nome", "naam", "navn", "customer", "client", "owner"];

const OTHER_NAMES: &[&str] = &[
    "product",
    "item",
    "file",
    "filename",
    "city",
    "town",
    "company",
    "brand",
    "host",
    "hostname",
    "table",
    "column",
    "field",
    "category",
    "event",
    "project",
    "department",
    "team",
    "model",
    "colour",
    "color",
    "title",
    "album",
    "song",
    "movie",
    "film",
    "book",
    "place",
    "region",
    "country",
    "state",
    "street",
    "station",
    "airport",
    "dish",
    "plant",
    "species",
    "store",
    "shop",
    "branch",
    "campaign",
    "organization",
    "organisation",
    "vendor",
    "supplier",
    "bank",
    "hotel",
    "restaurant",
    "school",
    "university",
    "ship",
    "label",
    "tag",
    "status",
    "type",
];

const QUANTITIES_AND_IDENTIFIERS: &[&str] = &[
    "id",
    "ids",
    "key",
    "code",
    "sku",
    "count",
    "qty",
    "quantity",
    "amount",
    "price",
    "cost",
    "total",
    "sum",
    "number",
    "num",
    "no",
    "nr",
    "size",
    "weight",
    "distance",
    "length",
    "width",
    "height",
    "score",
    "value",
    "balance",
    "salary",
    "units",
    "serial",
    "order",
    "ref",
    "reference",
    "index",
    "rank",
    "elevation",
    "population",
    "points",
    "steps",
    "invoice",
];

impl NameHints {
    pub(super) fn of(name: &str) -> Self {
        let words = words(name);
        let pairs = words.windows(2).map(<[String]>::concat);
        let triples = words.windows(3).map(<[String]>::concat);
        let said: Vec<String> = pairs.chain(triples).chain(words.iter().cloned()).collect();
        let says = |list: &[&str]| said.iter().any(|word| list.contains(&word.as_str()));
        let kinds = WORDS.iter().filter(|(_, list)| says(list)).map(|&(kind, _)| kind).collect();
        let person = if says(STRONG_PERSON) {
            PersonHint::Strong
        } else if says(OTHER_NAMES) {
            PersonHint::Against
        } else if says(WEAK_PERSON) {
            PersonHint::Weak
        } else {
            PersonHint::None
        };
        Self { kinds, person, is_quantity_or_identifier: says(QUANTITIES_AND_IDENTIFIERS) }
    }

    pub(super) fn says(&self, kind: SemanticKind) -> bool {
        self.kinds.contains(kind)
    }
}

/// The words of a name in lower case: `customerZIP_code2` has `customer`, `zip`, `code`.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut before_is_lower = false;
    let mut characters = name.chars().peekable();
    while let Some(character) = characters.next() {
        let next_is_lower = characters.peek().is_some_and(|next| next.is_lowercase());
        let starts = character.is_uppercase() && (before_is_lower || next_is_lower);
        if (starts || !character.is_alphabetic()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if character.is_alphabetic() {
            word.extend(character.to_lowercase());
        }
        before_is_lower = character.is_lowercase();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart_into_words() {
        for (name, expected) in [
            ("customerZIPCode2", &["customer", "zip", "code"][..]),
            ("first_name", &["first", "name"]),
            ("Straße (privat)", &["straße", "privat"]),
            ("LAT", &["lat"]),
            ("", &[]),
        ] {
            assert_eq!(words(name), expected, "{name}");
        }
    }

    #[test]
    fn names_speak_of_kinds_and_people() {
        assert!(NameHints::of("ship_postal_code").says(Kind::Postcode));
        assert!(NameHints::of("homePhone").says(Kind::Phone));
        assert!(!NameHints::of("platform").says(Kind::Latitude));
        for (name, person) in [
            ("FirstName", PersonHint::Strong),
            ("name", PersonHint::Weak),
            ("product_name", PersonHint::Against),
            ("x", PersonHint::None),
        ] {
            assert_eq!(NameHints::of(name).person, person, "{name}");
        }
        assert!(NameHints::of("order_id").is_quantity_or_identifier);
    }
}
