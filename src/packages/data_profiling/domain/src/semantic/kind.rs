use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the values of a column mean, beyond how they are stored.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum SemanticKind {
    /// An e-mail address (the usual form of RFC 5321, with a real top-level form).
    Email,
    /// An address with `scheme://` and a host, or one that begins with `www.`.
    Url,
    /// A UUID (RFC 9562), with or without braces.
    Uuid,
    /// An IPv4 address, perhaps with a prefix length.
    Ipv4,
    /// An IPv6 address, perhaps with a prefix length.
    Ipv6,
    /// A MAC address of six bytes, by `:`, `-` or in Cisco's form.
    MacAddress,
    /// A telephone number.
    Phone,
    /// An IBAN (ISO 13616): the country's length and the check by 97 are right.
    Iban,
    /// A payment card number: issuer range, length and Luhn's check digit are right.
    CardNumber,
    /// A security's number (ISO 6166): country prefix and check digit are right.
    Isin,
    /// A United States social security number in a range that is given out.
    SocialSecurityNumber,
    /// A country's code of two letters (ISO 3166-1).
    CountryAlpha2,
    /// A country's code of three letters (ISO 3166-1).
    CountryAlpha3,
    /// A country's English name.
    CountryName,
    /// A state of the USA, by code or name.
    UsState,
    /// A currency's code (ISO 4217).
    Currency,
    /// A language's code (ISO 639-1), perhaps with a region: `en`, `pt-BR`.
    Language,
    /// A postal code of one of many countries.
    Postcode,
    /// Latitude and longitude in one text.
    CoordinatePair,
    /// Degrees north, from -90 to 90.
    Latitude,
    /// Degrees east, from -180 to 180.
    Longitude,
    /// What looks like a person's name.
    PersonName,
    /// What looks like a street address.
    Address,
    /// A date, perhaps with a time of day, written as text.
    DateText,
    /// A time of day.
    Time,
    /// A year.
    Year,
    /// A number with its unit, currency or percent sign.
    Quantity,
    /// Digits with leading zeros: a code that must not become a number.
    PaddedCode,
    /// An MD5, SHA-1, SHA-224, SHA-256, SHA-384 or SHA-512 digest in hexadecimal.
    HashDigest,
    /// A host's or domain's name.
    Hostname,
    /// A path of a file or folder, or a file's name.
    FilePath,
    /// A media type (RFC 6838).
    MediaType,
    /// A version as semver.org has it, perhaps after `v`.
    SemanticVersion,
    /// A JSON object or array.
    Json,
    /// Bytes in base64 (RFC 4648).
    Base64,
    /// A colour as `#rgb`, `#rrggbb` or `#rrggbbaa`.
    HexColour,
    /// A word for true or false.
    BooleanWord,
    /// One of a few short codes.
    CategoricalCode,
}

/// How sure the form of one value makes its kind, and what follows from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Standing {
    /// How well the form tells the kind from all others, from 0 to 1: 1 where a checksum or a form
    /// that nothing else has decides, less where lists or rules of thumb do.
    pub(super) specificity: f64,
    /// From this share of the telling values on, a column is of the kind.
    pub(super) least_share: f64,
}

/// A form that nothing else has: dirty values may be many, and it still is what it is.
const CLEAR: Standing = Standing { specificity: 1.0, least_share: 0.75 };
/// A form that other things have now and then.
const FORM: Standing = Standing { specificity: 0.9, least_share: 0.75 };
/// A list decides, or a form together with the column's name.
const LIST: Standing = Standing { specificity: 0.8, least_share: 0.8 };
/// Rules of thumb.
const LIKELY: Standing = Standing { specificity: 0.6, least_share: 0.7 };
/// Nothing better was found.
const FALLBACK: Standing = Standing { specificity: 0.4, least_share: 0.8 };

impl SemanticKind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [Self; 38] = [
        Self::Email,
        Self::Url,
        Self::Uuid,
        Self::Ipv4,
        Self::Ipv6,
        Self::MacAddress,
        Self::Phone,
        Self::Iban,
        Self::CardNumber,
        Self::Isin,
        Self::SocialSecurityNumber,
        Self::CountryAlpha2,
        Self::CountryAlpha3,
        Self::CountryName,
        Self::UsState,
        Self::Currency,
        Self::Language,
        Self::Postcode,
        Self::CoordinatePair,
        Self::Latitude,
        Self::Longitude,
        Self::PersonName,
        Self::Address,
        Self::DateText,
        Self::Time,
        Self::Year,
        Self::Quantity,
        Self::PaddedCode,
        Self::HashDigest,
        Self::Hostname,
        Self::FilePath,
        Self::MediaType,
        Self::SemanticVersion,
        Self::Json,
        Self::Base64,
        Self::HexColour,
        Self::BooleanWord,
        Self::CategoricalCode,
    ];

    /// The name as users read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "e-mail address",
            Self::Url => "URL",
            Self::Uuid => "UUID",
            Self::Ipv4 => "IPv4 address",
            Self::Ipv6 => "IPv6 address",
            Self::MacAddress => "MAC address",
            Self::Phone => "phone number",
            Self::Iban => "IBAN",
            Self::CardNumber => "payment card number",
            Self::Isin => "ISIN",
            Self::SocialSecurityNumber => "US social security number",
            Self::CountryAlpha2 => "country code (2 letters)",
            Self::CountryAlpha3 => "country code (3 letters)",
            Self::CountryName => "country name",
            Self::UsState => "US state",
            Self::Currency => "currency code",
            Self::Language => "language code",
            Self::Postcode => "postal code",
            Self::CoordinatePair => "latitude and longitude",
            Self::Latitude => "latitude",
            Self::Longitude => "longitude",
            Self::PersonName => "person's name",
            Self::Address => "street address",
            Self::DateText => "date in text",
            Self::Time => "time of day",
            Self::Year => "year",
            Self::Quantity => "number with unit",
            Self::PaddedCode => "code with leading zeros",
            Self::HashDigest => "hash digest",
            Self::Hostname => "host name",
            Self::FilePath => "file path",
            Self::MediaType => "media type",
            Self::SemanticVersion => "version",
            Self::Json => "JSON",
            Self::Base64 => "base64",
            Self::HexColour => "colour",
            Self::BooleanWord => "word for true or false",
            Self::CategoricalCode => "categorical code",
        }
    }

    /// Whether values are accepted only when their check digits are right.
    pub fn is_checksummed(self) -> bool {
        matches!(self, Self::Iban | Self::CardNumber | Self::Isin)
    }

    /// Whether values point at a person, and so are redacted on request.
    pub fn is_personal(self) -> bool {
        matches!(
            self,
            Self::Email
                | Self::Ipv4
                | Self::Ipv6
                | Self::MacAddress
                | Self::Phone
                | Self::Iban
                | Self::CardNumber
                | Self::SocialSecurityNumber
                | Self::PersonName
                | Self::Address
        )
    }

    pub(super) fn standing(self) -> Standing {
        match self {
            Self::Email
            | Self::Url
            | Self::Uuid
            | Self::Ipv6
            | Self::MacAddress
            | Self::Iban
            | Self::CardNumber
            | Self::Isin
            | Self::MediaType
            | Self::Json => CLEAR,
            Self::Ipv4
            | Self::Phone
            | Self::SocialSecurityNumber
            | Self::CoordinatePair
            | Self::DateText
            | Self::Time
            | Self::Quantity
            | Self::HashDigest
            | Self::Hostname
            | Self::FilePath
            | Self::SemanticVersion
            | Self::HexColour => FORM,
            Self::CountryAlpha2
            | Self::CountryAlpha3
            | Self::UsState
            | Self::Currency
            | Self::Language
            | Self::Latitude
            | Self::Longitude
            | Self::Year
            | Self::BooleanWord
            | Self::Base64 => LIST,
            // A whole name is no chance, and lists never have all ways to write one.
            Self::CountryName => Standing { least_share: 0.7, ..LIST },
            Self::Postcode => Standing { least_share: 0.75, ..LIST },
            Self::PersonName | Self::Address => LIKELY,
            Self::PaddedCode | Self::CategoricalCode => FALLBACK,
        }
    }
}

/// Some kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct KindSet(u64);

impl KindSet {
    pub(super) const EMPTY: Self = Self(0);

    pub(super) fn insert(&mut self, kind: SemanticKind) {
        self.0 |= 1 << kind as u64;
    }

    pub(super) fn contains(self, kind: SemanticKind) -> bool {
        self.0 >> kind as u64 & 1 == 1
    }

    pub(super) fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl FromIterator<SemanticKind> for KindSet {
    fn from_iter<I: IntoIterator<Item = SemanticKind>>(kinds: I) -> Self {
        let mut set = Self::EMPTY;
        for kind in kinds {
            set.insert(kind);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_listed_by_their_numbers_and_have_names_of_their_own() {
        let mut names = std::collections::BTreeSet::new();
        for (place, kind) in SemanticKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, place);
            assert!(names.insert(kind.name()));
        }
    }

    #[test]
    fn sets_hold_what_was_put_in() {
        let set: KindSet = [SemanticKind::Json, SemanticKind::Email].into_iter().collect();
        for kind in SemanticKind::ALL {
            let is_in = matches!(kind, SemanticKind::Json | SemanticKind::Email);
            assert_eq!(set.contains(kind), is_in);
        }
        let both = set.intersection([SemanticKind::Json, SemanticKind::Url].into_iter().collect());
        assert_eq!(both, [SemanticKind::Json].into_iter().collect());
    }
}
