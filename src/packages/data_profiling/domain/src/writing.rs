use std::collections::BTreeMap;

use icu_properties::props::{GeneralCategory, Script};
use icu_properties::{CodePointMapData, PropertyNamesLong};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::measured::Measured;
use shared_kernel_domain::summary::{Characters, TextKinds, TextShapes};
use shared_kernel_domain::table::Cell;

use crate::blocks::block_of;
use crate::column::TopValue;
use crate::figure::{Figure, NO_VALUES, share};

/// How many words are listed.
const WORDS: usize = 20;

/// How many characters, scripts and blocks are listed.
const LISTED: usize = 20;

/// How texts are written.
///
/// Where there are too many different texts to count each, case, words and characters come from a
/// sample, which then says how many texts it has; the others are always exact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TextWriting {
    /// The share of texts of ASCII characters alone.
    pub ascii_share: Figure<f64>,
    /// Texts with white space before; blank ones left out.
    pub leading_blanks: u64,
    /// Texts with white space after; blank ones left out.
    pub trailing_blanks: u64,
    /// Texts with a control character other than a tabulator or line break.
    pub control_characters: u64,
    /// Texts with a line feed or carriage return.
    pub line_breaks: u64,
    /// Texts with a character that cannot be seen and takes no room, such as a zero-width space.
    pub invisible_characters: u64,
    /// The first of the shortest texts.
    pub shortest_text: Cell,
    /// The first of the longest texts.
    pub longest_text: Cell,
    /// Texts by the case of their letters.
    pub cases: CaseCounts,
    /// Words, parted by white space.
    pub words: Figure<u64>,
    /// Words of a text, on average.
    pub words_per_text: Figure<f64>,
    /// The most frequent words in lower case, without punctuation around them; shares are of the
    /// words. When approximate, counts are lower bounds, and the error bounds how much higher they
    /// may be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frequent_words: Vec<TopValue>,
    /// Characters.
    pub characters: Figure<u64>,
    /// Different characters.
    pub distinct_characters: Figure<u64>,
    /// The most frequent characters; at most 20.
    pub frequent_characters: Vec<CharacterCount>,
    /// Characters by their general category in Unicode.
    pub categories: Vec<CharacterCount>,
    /// Characters by script; at most 20.
    pub scripts: Vec<CharacterCount>,
    /// Characters by block of Unicode; at most 20.
    pub blocks: Vec<CharacterCount>,
}

/// Texts by the case of their letters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CaseCounts {
    /// All letters are capitals.
    pub upper: Figure<u64>,
    /// No letter is a capital.
    pub lower: Figure<u64>,
    /// Each word begins with a capital, and has no other.
    pub title: Figure<u64>,
    /// Capitals stand elsewhere.
    pub mixed: Figure<u64>,
    /// There are no letters that have a case.
    pub none: Figure<u64>,
}

/// Characters that share something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CharacterCount {
    /// The character, or what they share.
    pub name: String,
    /// How often they occur.
    pub count: Measured<u64>,
}

impl TextWriting {
    pub(crate) fn new(shapes: &TextShapes, kinds: &TextKinds) -> Self {
        let sample = Sample::of(shapes);
        let cases = shapes.cases();
        let words = shapes.words();
        let characters = shapes.characters();
        let counted: u64 = characters.counts().map(|(_, count)| count).sum();
        let per_text = (shapes.stands_for() > 0)
            .then(|| sample.measured(words as f64 / shapes.stands_for() as f64));
        let (categories, scripts, blocks) = groups(characters);
        let each = characters.counts().map(|(character, count)| (character.to_string(), count));
        let count = |count: u64| Figure::Known(sample.measured(count));
        Self {
            ascii_share: share(shapes.ascii(), shapes.texts(), NO_VALUES),
            leading_blanks: kinds.leading(),
            trailing_blanks: kinds.trailing(),
            control_characters: shapes.controls(),
            line_breaks: shapes.line_breaks(),
            invisible_characters: shapes.invisible(),
            shortest_text: shapes.shortest().unwrap_or(Cell::Null),
            longest_text: shapes.longest().unwrap_or(Cell::Null),
            cases: CaseCounts {
                upper: count(cases.upper),
                lower: count(cases.lower),
                title: count(cases.title),
                mixed: count(cases.mixed),
                none: count(cases.none),
            },
            words: count(words),
            words_per_text: Figure::or_missing(per_text, NO_VALUES),
            frequent_words: sample.words(shapes),
            characters: count(counted + characters.uncounted()),
            distinct_characters: match characters.uncounted() {
                0 => count(characters.counts().count() as u64),
                _ => Figure::missing("there are too many different characters to count each"),
            },
            frequent_characters: sample.listed(each, LISTED),
            categories: sample.listed(categories, usize::MAX),
            scripts: sample.listed(scripts, LISTED),
            blocks: sample.listed(blocks, LISTED),
        }
    }
}

/// How many texts were looked at closely, if not all.
struct Sample(Option<u64>);

impl Sample {
    fn of(shapes: &TextShapes) -> Self {
        Self((shapes.looked_at() < shapes.texts()).then(|| shapes.looked_at()))
    }

    fn measured<T>(&self, value: T) -> Measured<T> {
        match self.0 {
            None => Measured::exact(value),
            Some(rows) => Measured::sampled(value, rows),
        }
    }

    fn words(&self, shapes: &TextShapes) -> Vec<TopValue> {
        let frequent = shapes.frequent_words();
        let words = frequent.values() as f64;
        let top = frequent.top(WORDS).into_iter();
        top.map(|top| TopValue {
            share: top.count.value as f64 / words,
            count: if self.0.is_none() { top.count } else { self.measured(top.count.value) },
            value: top.value,
        })
        .collect()
    }

    /// The most frequent first, then by name.
    fn listed(
        &self,
        counts: impl IntoIterator<Item = (String, u64)>,
        limit: usize,
    ) -> Vec<CharacterCount> {
        let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
        counts.sort_by(|(name, count), (other_name, other)| {
            other.cmp(count).then_with(|| name.cmp(other_name))
        });
        let listed = counts.into_iter().take(limit);
        listed.map(|(name, count)| CharacterCount { name, count: self.measured(count) }).collect()
    }
}

type Groups = BTreeMap<String, u64>;

/// Characters by category, script and block.
fn groups(characters: &Characters) -> (Groups, Groups, Groups) {
    let categories = CodePointMapData::<GeneralCategory>::new();
    let category_names = PropertyNamesLong::<GeneralCategory>::new();
    let scripts = CodePointMapData::<Script>::new();
    let script_names = PropertyNamesLong::<Script>::new();
    let mut by_category: BTreeMap<&str, u64> = BTreeMap::new();
    let mut by_script: BTreeMap<&str, u64> = BTreeMap::new();
    let mut by_block: BTreeMap<&str, u64> = BTreeMap::new();
    for (character, count) in characters.counts() {
        let category = category_names.get(categories.get(character)).unwrap_or("Unassigned");
        *by_category.entry(category).or_default() += count;
        let script = script_names.get(scripts.get(character)).unwrap_or("Unknown");
        *by_script.entry(script).or_default() += count;
        *by_block.entry(block_of(character)).or_default() += count;
    }
    let readable = |groups: BTreeMap<&str, u64>| -> Groups {
        groups.into_iter().map(|(name, count)| (name.replace('_', " "), count)).collect()
    };
    (readable(by_category), readable(by_script), readable(by_block))
}
