use std::sync::LazyLock;

use super::TimeFormat;
use super::checked_numbers::{
    COUNTRIES, CURRENCIES, is_code, is_credit_card, is_iban, is_isbn, is_phone,
    is_social_security_number, is_vin,
};
use super::json::is_json;
use crate::problem::nearest;

/// A form that a text can have, by the names of the Open Data Contract Standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `name@host`, as HTML's e-mail field takes it.
    Email,
    /// Eight, four, four, four and twelve hexadecimal digits.
    Uuid,
    /// A scheme, a colon and something without white space.
    Uri,
    /// Labels of letters, digits and inner hyphens (RFC 1123).
    Hostname,
    /// Four numbers up to 255.
    Ipv4,
    /// Groups of hexadecimal digits (RFC 4291).
    Ipv6,
    /// A real day as `2013-01-31`.
    Date,
    /// A day and a time of day as `2013-01-31T10:00:00Z` (RFC 3339; the zone may be left out).
    Timestamp,
    /// A number, as computers write it.
    Number,
    /// A whole number.
    Integer,
    /// JSON (RFC 8259).
    Json,
    /// A date, with a time of day or without, in one of the ways of [`ANY_DATE`].
    AnyDate,
    /// The number of a payment card, with the check of Luhn.
    CreditCard,
    /// An international bank account number, with its check.
    Iban,
    /// A number of a book, of 10 or 13 digits, with its check.
    Isbn,
    /// A vehicle identification number, with its check digit.
    Vin,
    /// A social security number of the United States.
    SocialSecurityNumber,
    /// A telephone number as in E.164, with its country.
    Phone,
    /// A code of three letters of ISO 4217.
    CurrencyCode,
    /// A code of two letters of ISO 3166-1.
    CountryCode,
}

/// How dates may be written that are in any of some ways, beside those of ISO 8601; each alone, or
/// with a time of day behind it.
const ANY_DATE: [&str; 13] = [
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%d %B %Y",
    "%d %b %Y",
    "%d-%b-%Y",
    "%B %d, %Y",
    "%b %d, %Y",
    "%a, %d %b %Y",
];

/// How times of day may be written behind a date.
const ANY_TIME: [&str; 6] =
    ["%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%H:%M:%S %z", "%I:%M %p", "%I:%M:%S %p"];

static ANY: LazyLock<Vec<TimeFormat>> = LazyLock::new(|| {
    let with_times = |date: &&str| ANY_TIME.map(|time| format!("{date} {time}"));
    let alone = ANY_DATE.iter().map(|date| (*date).to_owned());
    let all = alone.chain(ANY_DATE.iter().flat_map(with_times));
    all.filter_map(|format| TimeFormat::new(&format).ok()).collect()
});

impl Format {
    /// All formats.
    pub const ALL: [Self; 20] = [
        Self::Email,
        Self::Uuid,
        Self::Uri,
        Self::Hostname,
        Self::Ipv4,
        Self::Ipv6,
        Self::Date,
        Self::Timestamp,
        Self::Number,
        Self::Integer,
        Self::Json,
        Self::AnyDate,
        Self::CreditCard,
        Self::Iban,
        Self::Isbn,
        Self::Vin,
        Self::SocialSecurityNumber,
        Self::Phone,
        Self::CurrencyCode,
        Self::CountryCode,
    ];

    /// The name as it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Uuid => "uuid",
            Self::Uri => "uri",
            Self::Hostname => "hostname",
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Json => "json",
            Self::AnyDate => "any_date",
            Self::CreditCard => "credit_card",
            Self::Iban => "iban",
            Self::Isbn => "isbn",
            Self::Vin => "vin",
            Self::SocialSecurityNumber => "us_social_security_number",
            Self::Phone => "phone",
            Self::CurrencyCode => "currency_code",
            Self::CountryCode => "country_code",
        }
    }

    /// The format of a name.
    ///
    /// # Errors
    /// Says which names there are.
    pub fn of_name(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|format| format.name().eq_ignore_ascii_case(name)).ok_or_else(
            || {
                let names = Self::ALL.map(Self::name);
                let hint = nearest(name, names).unwrap_or_else(|| names.join(", "));
                format!("there is no format {name} ({hint})")
            },
        )
    }

    /// Whether a text has it, from its first to its last character.
    pub fn is_of(self, text: &str) -> bool {
        match self {
            Self::Email => is_email(text),
            Self::Uuid => is_uuid(text),
            Self::Uri => is_uri(text),
            Self::Hostname => is_hostname(text),
            Self::Ipv4 => text.parse::<std::net::Ipv4Addr>().is_ok(),
            Self::Ipv6 => text.parse::<std::net::Ipv6Addr>().is_ok(),
            Self::Date => text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok(),
            Self::Timestamp => {
                text.as_bytes().get(10).is_some_and(|byte| b"Tt ".contains(byte))
                    && (text.parse::<jiff::Timestamp>().is_ok()
                        || text.parse::<jiff::civil::DateTime>().is_ok())
            }
            Self::Number => {
                text.ends_with(|last: char| last.is_ascii_digit() || last == '.')
                    && text.parse::<f64>().is_ok()
            }
            Self::Integer => {
                let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
                !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
            }
            Self::Json => is_json(text),
            Self::AnyDate => {
                Self::Date.is_of(text)
                    || Self::Timestamp.is_of(text)
                    || ANY.iter().any(|format| format.is_of(text))
            }
            Self::CreditCard => is_credit_card(text),
            Self::Iban => is_iban(text),
            Self::Isbn => is_isbn(text),
            Self::Vin => is_vin(text),
            Self::SocialSecurityNumber => is_social_security_number(text),
            Self::Phone => is_phone(text),
            Self::CurrencyCode => is_code(text, CURRENCIES, 3),
            Self::CountryCode => is_code(text, COUNTRIES, 2),
        }
    }
}

/// The grammar of HTML's `input type=email`: one `@`, no spaces, a host of plain labels.
fn is_email(text: &str) -> bool {
    const SPECIAL: &str = ".!#$%&'*+/=?^_`{|}~-";
    let Some((name, host)) = text.split_once('@') else { return false };
    !name.is_empty()
        && name.len() <= 64
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || SPECIAL.contains(letter))
        && is_hostname(host)
}

fn is_hostname(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let is_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(is_scheme)
        && !rest.is_empty()
        && !rest.contains(|letter: char| letter.is_whitespace() || letter.is_control())
}

#[cfg(test)]
mod tests {
    use super::Format;

    #[test]
    fn each_format_takes_what_has_it_and_nothing_else() {
        let cases: [(Format, &[&str], &[&str]); 20] = [
            (
                Format::Email,
                &["a@b.org", "first.last+x@mail-1.example"],
                &["", "a@", "@b", "a b@c.d", "a@b@c", "a@-b.org"],
            ),
            (
                Format::Uuid,
                &["123e4567-e89b-12d3-a456-426614174000"],
                &["123e4567e89b12d3a456426614174000", ""],
            ),
            (
                Format::Uri,
                &["https://example.org/a?b", "urn:isbn:0451450523"],
                &["example.org", "http:", "1a:b", "a:b c"],
            ),
            (Format::Hostname, &["localhost", "a-b.example.org"], &["", "a..b", "-a", "a_b", "a."]),
            (Format::Ipv4, &["192.168.0.1"], &["256.1.1.1", "1.2.3", "01.2.3.4"]),
            (Format::Ipv6, &["::1", "2001:db8::8a2e:370:7334"], &["2001:db8", "::g"]),
            (Format::Date, &["2024-02-29"], &["2023-02-29", "2024-2-9", "20240229", "29.02.2024"]),
            (
                Format::Timestamp,
                &["2013-01-01T10:00:00Z", "2013-01-01 10:00:00"],
                &["2013-01-01", "10:00", "2013-13-01T10:00:00Z"],
            ),
            (Format::Number, &["1", "-2.5", "1e9"], &["", "inf", "NaN", "1,5", "0x1"]),
            (Format::Integer, &["0", "-12", "+7"], &["", "-", "1.0", "1e3"]),
            (Format::Json, &["{\"a\": [1]}", "null"], &["", "{a: 1}"]),
            (
                Format::AnyDate,
                &[
                    "2024-02-29",
                    "2013-01-01T10:00:00Z",
                    "31.12.2023",
                    "12/31/2023",
                    "31/12/2023",
                    "20231231",
                    "31 December 2023",
                    "Dec 31, 2023 11:59 PM",
                    "Sun, 31 Dec 2023 23:59:59 +0100",
                ],
                &["", "2023-02-29", "31.31.2023", "yesterday", "12", "2023-12-31 at noon"],
            ),
            (
                Format::CreditCard,
                &["4111 1111 1111 1111", "5500-0000-0000-0004", "378282246310005"],
                &[
                    "4111111111111112",
                    "0000000000000000",
                    "411111111111111a",
                    "41111",
                    "4111  1111 1111 1111",
                ],
            ),
            (
                Format::Iban,
                &["DE89370400440532013000", "GB82 WEST 1234 5698 7654 32", "NO9386011117947"],
                &["DE89370400440532013001", "DE8937040044", "de89370400440532013000", ""],
            ),
            (
                Format::Isbn,
                &["0-306-40615-2", "080442957X", "978-0-306-40615-7", "9780306406157"],
                &["0-306-40615-3", "9780306406158", "1234567890123", "978030640615X", ""],
            ),
            (
                Format::Vin,
                &["1M8GDM9AXKP042788", "11111111111111111"],
                &["1M8GDM9A0KP042788", "1M8GDM9AXKP04278", "IM8GDM9AXKP042788"],
            ),
            (
                Format::SocialSecurityNumber,
                &["123-45-6789", "123456789"],
                &[
                    "000-12-3456",
                    "666-12-3456",
                    "900-12-3456",
                    "123-00-4567",
                    "123-45-0000",
                    "12-345-6789",
                    "123-456789",
                ],
            ),
            (
                Format::Phone,
                &["+14155552671", "+44 20 7183 8750", "+49 (30) 901820"],
                &["4155552671", "+0123456789", "+1", "+1234567890123456", "+1415555267x", ""],
            ),
            (Format::CurrencyCode, &["EUR", "USD"], &["eur", "XXX", "EURO", ""]),
            (Format::CountryCode, &["DE", "US"], &["UK", "de", "DEU", ""]),
        ];
        for (format, right, wrong) in cases {
            for text in right {
                assert!(format.is_of(text), "{} {text:?}", format.name());
            }
            for text in wrong {
                assert!(!format.is_of(text), "{} {text:?}", format.name());
            }
        }
    }

    #[test]
    fn a_misspelt_format_is_told_what_was_meant() {
        assert_eq!(Format::of_name("IPv4"), Ok(Format::Ipv4));
        assert!(Format::of_name("emial").unwrap_err().contains("did you mean email?"));
        assert!(Format::of_name("colour").unwrap_err().contains("email, uuid"));
    }
}
