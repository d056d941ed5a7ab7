//! How people are named and reached: telephone numbers, names, addresses.

use super::glance::{Glance, is_listed};
use super::lists::{CALLING_CODES, GIVEN_NAMES, NOT_OF_PERSONS, STREET_ENDINGS, STREET_WORDS};

/// An international number after `+` or `00`, a North American one, or a national one that begins
/// with 0, in groups. Where the column says so (`named`), also other groups and bare digits.
pub(super) fn is_phone(glance: &Glance<'_>, named: bool) -> bool {
    if !(7..=15).contains(&glance.digits) || glance.len() > 30 {
        return false;
    }
    let text = glance.text.strip_prefix("tel:").unwrap_or(glance.text);
    let number = without_extension(text);
    let is_part =
        |character: char| character.is_ascii_digit() || "+-.()/ \u{a0}".contains(character);
    if !number.chars().all(is_part) {
        return false;
    }
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let groups: Vec<usize> = number
        .split(|character: char| !character.is_ascii_digit())
        .map(str::len)
        .filter(|&length| length > 0)
        .collect();
    if let Some(international) = number.strip_prefix('+') {
        let plain = !international.contains('+') && (8..=15).contains(&digits.len());
        return plain && has_calling_code(&digits);
    }
    if number.contains('+') {
        return false;
    }
    if is_north_american(&digits, &groups) && (groups.len() > 1 || named) {
        return true;
    }
    // A decimal number or a date is no telephone number, whatever its digits.
    let by_dots = number.contains('.') && groups.len() < 3;
    let trunk = digits.starts_with('0') && (9..=12).contains(&digits.len());
    let grouped = groups.len() >= 2 && groups.iter().all(|&length| length <= 8);
    (trunk && grouped && !by_dots) || (named && !by_dots && (8..=15).contains(&digits.len()))
}

/// The number without `ext. 12`, `x12` or `#12`.
fn without_extension(text: &str) -> &str {
    let Some(place) = text.find(|letter: char| letter == '#' || letter.is_ascii_alphabetic())
    else {
        return text;
    };
    let (number, extension) = text.split_at(place);
    let marks = extension.trim_start_matches(|character: char| !character.is_ascii_digit());
    let mark = extension.get(..extension.len() - marks.len()).unwrap_or_default().trim();
    let known =
        ["x", "ext", "ext.", "extension", "#"].iter().any(|word| mark.eq_ignore_ascii_case(word));
    if known && (1..=6).contains(&marks.len()) { number.trim_end() } else { text }
}

fn has_calling_code(digits: &str) -> bool {
    (1..=3).any(|length| digits.get(..length).is_some_and(|code| is_listed(CALLING_CODES, code)))
}

/// Ten digits, perhaps after 1: area and exchange begin with 2 to 9, in groups of 3, 3 and 4.
fn is_north_american(digits: &str, groups: &[usize]) -> bool {
    let (national, groups) = match (digits.len(), groups) {
        (11, [1, rest @ ..]) => (digits.get(1..).unwrap_or_default(), rest),
        (10, groups) => (digits, groups),
        _ => return false,
    };
    let begins = |place: usize| national.as_bytes().get(place).is_some_and(|digit| *digit >= b'2');
    let grouped = matches!(groups, [3, 3, 4] | [3, 7] | [10]);
    grouped && begins(0) && begins(3)
}

/// How a text fares as a person's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NameForm {
    /// Words, titles and initials left out.
    pub(super) words: usize,
    /// Whether one of them is a common given name.
    pub(super) has_given_name: bool,
}

const PARTICLES: &[&str] = &[
    "de", "da", "do", "dos", "del", "della", "di", "van", "von", "der", "den", "la", "le", "bin",
    "al", "el", "y", "e", "ter", "ten", "zu", "af", "ibn", "ben", "du",
];

const TITLES: &[&str] = &[
    "mr", "mrs", "ms", "miss", "dr", "prof", "sir", "lady", "herr", "frau", "rev", "jr", "sr",
    "ii", "iii", "iv", "phd", "md",
];

/// One to four words as names are written: a capital first, only letters, hyphens, apostrophes;
/// `None` where it can't be a name.
pub(super) fn name_form(glance: &Glance<'_>) -> Option<NameForm> {
    let letters = glance.letters() + glance.other_letters;
    if glance.digits > 0 || letters < 2 || glance.len() > 60 {
        return None;
    }
    let mut form = NameForm { words: 0, has_given_name: false };
    for part in glance.text.split([' ', ',', '\u{a0}']).filter(|part| !part.is_empty()) {
        let word = part.trim_end_matches('.');
        let lower = word.to_lowercase();
        if is_listed(NOT_OF_PERSONS, &lower) {
            return None;
        }
        if PARTICLES.contains(&lower.as_str()) || TITLES.contains(&lower.as_str()) {
            continue;
        }
        let first = word.chars().next()?;
        let is_part = |letter: char| letter.is_alphabetic() || "-'’.".contains(letter);
        if !first.is_uppercase() || !word.chars().all(is_part) {
            return None;
        }
        if word.chars().count() == 1 {
            continue;
        }
        form.words += 1;
        let given = lower.split('-').next().unwrap_or_default();
        form.has_given_name |= is_listed(GIVEN_NAMES, given);
    }
    (1..=4).contains(&form.words).then_some(form)
}

/// A number, and a word for a street (or that ends like one); or a post-office box. Where the
/// column says so (`named`), a number and two words are enough.
pub(super) fn is_address(glance: &Glance<'_>, named: bool) -> bool {
    let fits = (6..=160).contains(&glance.len()) && glance.has(b' ');
    if glance.digits == 0 || glance.letters() < 3 || !fits {
        return false;
    }
    let lower = glance.text.to_lowercase();
    if lower.starts_with("po box") || lower.starts_with("p.o. box") || lower.starts_with("postfach")
    {
        return true;
    }
    let mut words = 0;
    let mut numbers = 0;
    let mut has_street = false;
    for part in lower.split([' ', ',', ';', '\n']).filter(|part| !part.is_empty()) {
        let word = part.trim_end_matches('.');
        if word.starts_with(|first: char| first.is_ascii_digit()) {
            numbers += usize::from(part.len() <= 10);
            continue;
        }
        words += usize::from(
            word.chars().all(|letter| letter.is_alphabetic() || "-'’.".contains(letter)),
        );
        has_street |= is_listed(STREET_WORDS, word)
            || STREET_ENDINGS.iter().any(|end| word.len() > end.len() + 2 && part.ends_with(end));
    }
    let few = words + numbers <= 16;
    few && numbers > 0
        && ((has_street && words >= 1 && numbers <= 5) || (named && words >= 2))
        && (words >= 2 || STREET_ENDINGS.iter().any(|end| lower.contains(end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones() {
        for text in [
            "+49 30 123456",
            "+1 (212) 555-0199",
            "(212) 555-0199",
            "212.555.0199",
            "1-212-555-0199",
            "020 7946 0958",
            "030/1234567",
            "06 12 34 56 78",
            "+442079460958",
            "212-555-0199 x12",
        ] {
            assert!(is_phone(&Glance::at(text), false), "{text}");
        }
        for text in [
            "2125550199",
            "123-456-7890",
            "100-200-3000",
            "+99 123",
            "12.5",
            "0123.4567890",
            "2020-01-31 10",
            "0123456789",
            "+1 212 555 0199 home",
            "4111 1111 1111 1111",
        ] {
            assert!(!is_phone(&Glance::at(text), false), "{text}");
        }
        assert!(
            is_phone(&Glance::at("2125550199"), true)
                && is_phone(&Glance::at("612 34 56 78"), true)
        );
    }

    #[test]
    fn names() {
        let form = |text| name_form(&Glance::at(text));
        for (text, words, has_given_name) in [
            ("Mary Smith", 2, true),
            ("Dr. J. Doe-Miller", 1, false),
            ("Smith, John A.", 2, true),
            ("Ludwig van Beethoven", 2, false),
            ("Jean-Luc Picard", 2, true),
            ("SMITH", 1, false),
        ] {
            assert_eq!(form(text), Some(NameForm { words, has_given_name }), "{text}");
        }
        for text in
            ["mary smith", "Acme Corp.", "Room 5", "A", "This Is A Very Long Title Here", "x"]
        {
            assert_eq!(form(text), None, "{text}");
        }
    }

    #[test]
    fn addresses() {
        for text in [
            "12 Main St",
            "221b Baker Street, London",
            "Hauptstraße 5",
            "Berliner Str. 17",
            "P.O. Box 12",
            "12 rue de la Paix, 75002 Paris",
            "Calle Mayor 3",
            "Keizersgracht 1 straat",
        ] {
            assert!(is_address(&Glance::at(text), false), "{text}");
        }
        for text in ["Main Street", "12 apples", "Room 5", "drive 3", "12 kg"] {
            assert!(!is_address(&Glance::at(text), false), "{text}");
        }
        assert!(is_address(&Glance::at("17 Upper Mews"), true));
    }
}
