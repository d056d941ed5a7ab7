//! Codes from lists: countries, states, currencies, languages; postal codes; words for truth.

use super::glance::{Glance, is_listed};
use super::kind::{KindSet, SemanticKind as Kind};
use super::lists::{
    BOOLEAN_WORDS, COUNTRIES_ALPHA2, COUNTRIES_ALPHA3, COUNTRY_NAMES, CURRENCIES, LANGUAGES,
    US_STATE_NAMES, US_STATES,
};

/// Adds the lists that a text is in. Codes of two letters are in several.
pub(super) fn add_listed(glance: &Glance<'_>, kinds: &mut KindSet) {
    if glance.digits > 0 || glance.len() > 60 {
        return;
    }
    let mut add = |kind, is: bool| {
        if is {
            kinds.insert(kind);
        }
    };
    let one_case = glance.uppers == 0 || glance.lowers == 0;
    if glance.len() == 2 && glance.is_letters() && one_case {
        let upper = glance.text.to_ascii_uppercase();
        add(Kind::CountryAlpha2, is_listed(COUNTRIES_ALPHA2, &upper));
        add(Kind::UsState, glance.lowers == 0 && is_listed(US_STATES, &upper));
        add(Kind::Language, is_listed(LANGUAGES, &upper.to_ascii_lowercase()));
    } else if glance.len() == 3 && glance.is_letters() && one_case {
        let upper = glance.text.to_ascii_uppercase();
        add(Kind::CountryAlpha3, is_listed(COUNTRIES_ALPHA3, &upper));
        add(Kind::Currency, is_listed(CURRENCIES, &upper));
    } else {
        add(Kind::Language, is_language_with_region(glance));
    }
    if glance.letters() + glance.other_letters >= 2 {
        let lower = glance.text.to_lowercase();
        add(Kind::CountryName, is_listed(COUNTRY_NAMES, &lower));
        add(Kind::UsState, is_listed(US_STATE_NAMES, &lower));
    }
    if glance.len() <= 10 {
        add(Kind::BooleanWord, is_listed(BOOLEAN_WORDS, &glance.text.to_lowercase()));
    }
}

/// `en-US`, `pt_BR`, `zh-Hant`: a language, then a region or a script.
fn is_language_with_region(glance: &Glance<'_>) -> bool {
    let Some((language, region)) = glance.text.split_once(['-', '_']) else { return false };
    let is_region = region.len() == 2 && is_listed(COUNTRIES_ALPHA2, &region.to_ascii_uppercase());
    let is_script = region.len() == 4 && region.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_listed(LANGUAGES, language) && (is_region || is_script)
}

/// A text by its signs: `9` for a digit, `A` for a letter, others as they are.
fn form(glance: &Glance<'_>) -> Option<String> {
    let generalise = |character: char| match character {
        digit if digit.is_ascii_digit() => '9',
        letter if letter.is_ascii_alphabetic() => 'A',
        other => other,
    };
    (4..=10).contains(&glance.len()).then(|| glance.text.chars().map(generalise).collect())
}

/// Postal codes. By form alone: British, Canadian, Dutch ones and ZIP+4. Where the column says so
/// (`named`), also those of three to seven digits, with a prefix or in two groups.
pub(super) fn is_postcode(glance: &Glance<'_>, named: bool) -> bool {
    if glance.lowers > 0 && !named || glance.digits == 0 || !glance.is_alphanumeric_or(b" -") {
        return false;
    }
    let Some(form) = form(glance) else { return named && is_short(glance) };
    let form = form.as_str();
    CLEAR_FORMS.contains(&form)
        || (form == "9999 AA" && !glance.text.starts_with('0'))
        || (named && NAMED_FORMS.contains(&form))
}

/// Canadian, ZIP+4, British.
const CLEAR_FORMS: [&str; 8] =
    ["A9A 9A9", "99999-9999", "A9 9AA", "A99 9AA", "AA9 9AA", "AA99 9AA", "A9A 9AA", "AA9A 9AA"];

/// Forms that other codes have too.
const NAMED_FORMS: [&str; 26] = [
    "9999",
    "99999",
    "999999",
    "9999999",
    "99999999",
    "99-999",
    "999-9999",
    "9999-999",
    "99999-999",
    "999 99",
    "999-999",
    "9999AA",
    "A9A9A9",
    "A99AA",
    "A999AA",
    "AA99AA",
    "AA999AA",
    "A9A9AA",
    "AA9A9AA",
    "AA-9999",
    "AA-99999",
    "A-9999",
    "A-99999",
    "A9999AAA",
    "A99 A999",
    "AA 9999",
];

/// Three digits: Iceland's, or four that lost a leading zero as a number.
fn is_short(glance: &Glance<'_>) -> bool {
    glance.len() == 3 && glance.is_digits()
}

/// A short word of letters, digits, `-`, `_`, `.` or `/`.
pub(super) fn is_short_code(glance: &Glance<'_>) -> bool {
    (1..=16).contains(&glance.len()) && glance.letters() > 0 && glance.is_alphanumeric_or(b"-_./")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(text: &str) -> Vec<Kind> {
        let mut kinds = KindSet::EMPTY;
        add_listed(&Glance::at(text), &mut kinds);
        Kind::ALL.into_iter().filter(|&kind| kinds.contains(kind)).collect()
    }

    #[test]
    fn codes_may_be_in_several_lists() {
        assert_eq!(listed("CA"), [Kind::CountryAlpha2, Kind::UsState, Kind::Language]);
        assert_eq!(listed("de"), [Kind::CountryAlpha2, Kind::Language]);
        assert_eq!(listed("USD"), [Kind::Currency]);
        assert_eq!(listed("DEU"), [Kind::CountryAlpha3]);
        assert_eq!(listed("Côte d'Ivoire"), [Kind::CountryName]);
        assert_eq!(listed("New York"), [Kind::UsState]);
        assert_eq!(listed("pt-BR"), [Kind::Language]);
        assert_eq!(listed("No"), [Kind::BooleanWord]);
        assert_eq!(listed("ZZ"), []);
        assert_eq!(listed("e-mail"), []);
    }

    #[test]
    fn postal_codes() {
        for text in ["SW1A 1AA", "M1 1AE", "K1A 0B1", "1012 AB", "12345-6789"] {
            assert!(is_postcode(&Glance::at(text), false), "{text}");
        }
        for text in ["12345", "10-123", "123-4567", "AB 12", "2020", "sw1a"] {
            assert!(!is_postcode(&Glance::at(text), false), "{text}");
        }
        for text in ["12345", "00-950", "123-4567", "01310-100", "114 55", "8001", "SW1A1AA"] {
            assert!(is_postcode(&Glance::at(text), true), "{text}");
        }
    }

    #[test]
    fn short_codes() {
        assert!(is_short_code(&Glance::at("A/B-1")) && is_short_code(&Glance::at("closed")));
        assert!(!is_short_code(&Glance::at("New York")) && !is_short_code(&Glance::at("12")));
    }
}
