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
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 10] = [
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
        let cases: [(Format, &[&str], &[&str]); 10] = [
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
