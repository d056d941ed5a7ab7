//! From kinds of values to the kind of a column.

use super::artefacts::has_base64_mark;
use super::column_name::{NameHints, PersonHint};
use super::identifiers::has_leading_zero;
use super::kind::SemanticKind as Kind;
use super::measures::is_recent_year;
use super::reading::Reading;

/// How many values, by weight and by different ones.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Count {
    pub(super) weight: u64,
    pub(super) distinct: u64,
}

impl Count {
    fn add(&mut self, weight: u64) {
        self.weight += weight;
        self.distinct += 1;
    }
}

/// What the values of a column are, counted. A weight is a number of rows where all values are
/// known, else one for each different value.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    kinds: [Count; Kind::ALL.len()],
    /// Values that are neither blank nor null-like.
    pub(super) telling: Count,
    /// Whether all values of the column were seen.
    pub(super) complete: bool,
    given_names: Count,
    leading_zeros: Count,
    base64_marks: Count,
    recent_years: Count,
    two_letters: Count,
    lower_codes: Count,
    /// Short codes that occur three times and more.
    repeated_codes: Count,
    /// Numbers.
    pub(super) numbers: Count,
    /// Texts of four words and more.
    pub(super) sentences: Count,
}

impl Tally {
    pub(super) fn new(complete: bool) -> Self {
        let none = Count::default();
        Self {
            kinds: [none; Kind::ALL.len()],
            telling: none,
            complete,
            given_names: none,
            leading_zeros: none,
            base64_marks: none,
            recent_years: none,
            two_letters: none,
            lower_codes: none,
            repeated_codes: none,
            numbers: none,
            sentences: none,
        }
    }

    pub(super) fn take(&mut self, reading: &Reading<'_>, weight: u64) {
        if !reading.is_telling() {
            return;
        }
        self.telling.add(weight);
        for (kind, count) in Kind::ALL.iter().zip(&mut self.kinds) {
            if reading.kinds.contains(*kind) {
                count.add(weight);
            }
        }
        let glance = &reading.glance;
        let is_code = glance.len() == 2 && glance.is_letters();
        let is_number =
            glance.digits > 0 && glance.letters() == 0 && glance.text.parse::<f64>().is_ok();
        let has_mark = reading.kinds.contains(Kind::Base64) && has_base64_mark(glance);
        for (count, is) in [
            (&mut self.given_names, reading.has_given_name),
            (&mut self.leading_zeros, has_leading_zero(glance)),
            (&mut self.base64_marks, has_mark),
            (&mut self.recent_years, is_recent_year(glance)),
            (&mut self.two_letters, is_code),
            (&mut self.lower_codes, is_code && glance.lowers == 2),
            (
                &mut self.repeated_codes,
                weight >= 3 && reading.kinds.contains(Kind::CategoricalCode),
            ),
            (&mut self.numbers, is_number),
            (&mut self.sentences, glance.text.split_whitespace().nth(3).is_some()),
        ] {
            if is {
                count.add(weight);
            }
        }
    }

    pub(super) fn of(&self, kind: Kind) -> Count {
        self.kinds.get(kind as usize).copied().unwrap_or_default()
    }

    /// The share of a count in the telling values.
    pub(super) fn share_of(&self, count: Count) -> f64 {
        if self.telling.weight == 0 {
            0.0
        } else {
            count.weight as f64 / self.telling.weight as f64
        }
    }

    pub(super) fn share(&self, kind: Kind) -> f64 {
        self.share_of(self.of(kind))
    }

    fn reaches(&self, kind: Kind) -> bool {
        self.share(kind) >= kind.standing().least_share
    }
}

/// A kind that a column can be said to be of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub(super) kind: Kind,
    /// Whether the column's name was needed.
    pub(super) by_name: bool,
}

/// The kinds that a column can be said to be of, best first: by share × specificity.
pub(super) fn candidates(tally: &Tally, hints: &NameHints) -> Vec<Candidate> {
    if tally.telling.weight == 0 {
        return Vec::new();
    }
    let mut found: Vec<Candidate> = Kind::ALL
        .into_iter()
        .filter(|&kind| tally.reaches(kind))
        .filter_map(|kind| Some(Candidate { kind, by_name: accepts(kind, tally, hints)? }))
        .collect();
    let merit =
        |candidate: &Candidate| candidate.kind.standing().specificity * tally.share(candidate.kind);
    found.sort_by(|a, b| merit(b).total_cmp(&merit(a)));
    found
}

/// Whether a column, enough of whose values have a kind's form, is of it: `Some(true)` where that
/// took the column's name.
fn accepts(kind: Kind, tally: &Tally, hints: &NameHints) -> Option<bool> {
    let distinct = tally.of(kind).distinct;
    let named = hints.says(kind);
    let by_values_or_name = |enough: bool| (enough || named).then_some(!enough);
    match kind {
        // One number in ten has Luhn's digit by chance.
        Kind::CardNumber | Kind::CountryName => by_values_or_name(distinct >= 2),
        Kind::CountryAlpha2 | Kind::UsState | Kind::Language => two_letters(kind, tally, hints),
        Kind::CountryAlpha3 | Kind::Currency => by_values_or_name(distinct >= 3),
        Kind::Latitude | Kind::Longitude => Some(true),
        Kind::Year => year(tally, hints),
        Kind::PersonName => person_name(tally, hints),
        Kind::BooleanWord => (2..=6).contains(&distinct).then_some(false),
        Kind::PaddedCode => (tally.share_of(tally.leading_zeros) >= 0.02).then_some(false),
        Kind::Base64 => (tally.base64_marks.distinct * 5 >= distinct).then_some(false),
        Kind::CategoricalCode => {
            let few = tally.complete && (2..=50).contains(&tally.repeated_codes.distinct);
            let repeated = tally.share_of(tally.repeated_codes) >= 0.8;
            (few && repeated && tally.telling.weight >= 20).then_some(false)
        }
        Kind::Phone
        | Kind::SocialSecurityNumber
        | Kind::Postcode
        | Kind::Address
        | Kind::DateText => Some(named),
        _ => Some(false),
    }
}

/// Years are numbers like others: the name says it, or nearly all are from 1900 to 2050 and the
/// name does not speak of amounts or identifiers.
fn year(tally: &Tally, hints: &NameHints) -> Option<bool> {
    if hints.says(Kind::Year) {
        return Some(true);
    }
    let recent = tally.share_of(tally.recent_years) >= 0.9 && tally.recent_years.distinct >= 5;
    let spoken_for = hints.is_quantity_or_identifier || hints.says(Kind::Postcode);
    (recent && !spoken_for).then_some(false)
}

/// A part of the values holds common given names: a quarter where the name says nothing, less the
/// more it speaks of people.
fn person_name(tally: &Tally, hints: &NameHints) -> Option<bool> {
    let given = tally.share_of(tally.given_names);
    match hints.person {
        PersonHint::Strong => {
            (tally.share(Kind::PersonName) >= 0.8 || given >= 0.1).then_some(true)
        }
        PersonHint::Weak => (given >= 0.15).then_some(true),
        PersonHint::None => (given >= 0.25).then_some(false),
        PersonHint::Against => (given >= 0.6).then_some(false),
    }
}

/// Codes of two letters are in several lists: countries (249 of 676), languages (184), states (55).
///
/// The name decides where it says one of them. Else there must be so many different codes that
/// chance does not put them all into a list, no other list may fit as well, and codes in lower
/// case are taken for languages unless countries fit much better.
fn two_letters(kind: Kind, tally: &Tally, hints: &NameHints) -> Option<bool> {
    const LISTS: [Kind; 3] = [Kind::CountryAlpha2, Kind::UsState, Kind::Language];
    if tally.share_of(tally.two_letters) < 0.5 {
        // Names of states and languages with regions are clear by themselves.
        return (tally.of(kind).distinct >= 2).then_some(false);
    }
    let said: Vec<Kind> =
        LISTS.into_iter().filter(|&list| hints.says(list) && tally.reaches(list)).collect();
    if let [only] = said.as_slice() {
        return (*only == kind).then_some(true);
    }
    let is_lower = tally.lower_codes.weight * 2 > tally.two_letters.weight;
    let least = if kind == Kind::UsState { 4 } else { 6 };
    let share = tally.share(kind);
    if tally.of(kind).distinct < least || share < 0.85 {
        return None;
    }
    let rival = |list| if list == kind { 0.0 } else { tally.share(list) };
    let wins = match (kind, is_lower) {
        // All states are seldom countries: where both fit, the smaller list explains it better.
        (Kind::UsState, _) | (Kind::Language, true) => share >= rival(Kind::CountryAlpha2),
        (Kind::Language, false) => false,
        (_, true) => share >= rival(Kind::Language) + 0.1,
        (_, false) => share > rival(Kind::UsState),
    };
    wins.then_some(false)
}

/// Why a column is of no kind.
pub(super) fn doubt(tally: &Tally, stored_as_number: bool) -> String {
    let best = Kind::ALL
        .into_iter()
        .filter(|kind| !matches!(kind, Kind::PaddedCode | Kind::CategoricalCode | Kind::Year))
        .max_by(|&a, &b| tally.share(a).total_cmp(&tally.share(b)).then(b.cmp(&a)))
        .filter(|&kind| tally.share(kind) >= 0.2);
    if tally.share_of(tally.two_letters) >= 0.8 {
        return "codes of two letters that may be countries, states, languages or anything else, \
                and the column's name does not say which"
            .to_owned();
    }
    if stored_as_number || tally.share_of(tally.numbers) >= 0.8 {
        return "numbers, whose form and column name do not say what they mean".to_owned();
    }
    match best {
        Some(kind) if tally.reaches(kind) => {
            format!("the values could be of the kind {:?}, but that may be chance", kind.name())
        }
        Some(kind) => format!(
            "no kind has enough of the values: the most have the form of {:?}, {:.1} % of them",
            kind.name(),
            100.0 * tally.share(kind)
        ),
        None if tally.share_of(tally.sentences) >= 0.5 => "free text".to_owned(),
        None => "the values have the form of no kind that is known".to_owned(),
    }
}
