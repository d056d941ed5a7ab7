use proptest::prelude::*;

use super::column::allowance;
use super::misspelt::misspelt;
use super::shape::pattern;
use super::{Entry, row_count};
use crate::expression::Pattern;
use crate::yaml;
use crate::yaml::quoted;

fn shape(texts: &[(&str, u64)]) -> Option<String> {
    pattern(texts, texts.iter().map(|(_, count)| count).sum())
}

#[test]
fn rare_texts_near_a_frequent_one_are_misspelt() {
    let texts = [
        ("birmingham", 75),
        ("gadsden", 52),
        ("pn-2", 40),
        ("al", 30),
        ("12 patients", 20),
        ("huntsville", 3),
        ("birmingxam", 2),
        ("pn-3", 1),
        ("ak", 1),
        ("9 patients", 1),
        ("gxdsdxn", 1),
        ("px-2", 1),
    ];
    let found: Vec<&str> = misspelt(&texts).into_iter().collect();
    // two edits in seven letters are too many, and a number is no misspelling of another
    assert_eq!(found, ["birmingxam", "px-2"]);
}

#[test]
fn few_shapes_make_a_pattern() {
    let codes = [("N14228", 60), ("N24211", 39), ("n1", 1)];
    assert_eq!(shape(&codes).as_deref(), Some("^(?:\\p{Uppercase}{1}[0-9]{5})$"));
    let words = [("Grand Rapids", 50), ("San Juan Capistrano", 30), ("Bend", 18), ("St. Louis", 2)];
    let pattern = shape(&words).unwrap();
    assert_eq!(pattern, "^(?:\\p{Uppercase}+\\p{Lowercase}+(?: \\p{Uppercase}+\\p{Lowercase}+)*)$");
    assert_eq!(shape(&[("a", 50), ("A", 30), ("1", 10), ("?", 10)]), None, "too many shapes");
    assert_eq!(shape(&[("red", 50), ("green", 50)]), None, "words alone say nothing");
    let shares = [("7 patients", 40), ("12 patients", 59), ("x patients", 1)];
    let tested = Pattern::new(&shape(&shares).unwrap()).unwrap();
    assert!(tested.is_match("619 patients") && !tested.is_match("6x patients"));
}

#[test]
fn what_breaks_here_is_allowed_and_a_quarter_more() {
    assert_eq!(allowance(100, 0), []);
    assert_eq!(allowance(100, 10)[0], ("mustBeLessOrEqualTo", "12.6".to_owned()));
    assert_eq!(allowance(100, 100)[0], ("mustBeLessOrEqualTo", "100".to_owned()));
}

#[test]
fn rows_are_bounded_by_what_earlier_versions_had() {
    let bounds = |rows, earlier: &[u64]| {
        let suggestion = row_count(rows, earlier)?;
        let Entry::Quality(entry) = suggestion.entry else { return None };
        Some((entry[1].1.clone(), suggestion.evidence))
    };
    let told = |bounds: &str, evidence: &str| Some((bounds.to_owned(), evidence.to_owned()));
    let alone = "100 rows; half to twice as many are allowed";
    assert_eq!(bounds(100, &[]), told("[50, 200]", alone));
    assert_eq!(bounds(100, &[10, 1_000]), told("[50, 200]", alone));
    let several = "90 to 110 rows in 4 versions; a quarter beyond is allowed";
    assert_eq!(bounds(100, &[90, 110, 100]), told("[67, 138]", several));
    assert_eq!(bounds(19, &[90, 110, 100]), None);
    assert_eq!(bounds(20, &[1, 20, 20]).unwrap().0, "[0, 25]");
}

proptest! {
    /// Any text comes back as it was, out of a list within braces too.
    #[test]
    fn quoted_texts_are_read_back(text in "\\PC{0,20}", odd in any::<char>()) {
        let text = format!("{text}{odd}");
        let document = format!("a: {{b: [{}, 1]}}", quoted(&text));
        let node = yaml::read(&document).unwrap();
        let list = node.get("a").unwrap().get("b").unwrap();
        prop_assert_eq!(list.items().unwrap()[0].text(), Some(text.as_str()));
    }

    /// A shape's pattern matches the texts that made it.
    #[test]
    fn a_text_has_its_own_shape(text in "[A-Za-z0-9 .é#-]{1,12}[0-9]") {
        let found = shape(&[(&text, 100)]).unwrap();
        prop_assert!(Pattern::new(&found).unwrap().is_match(&text), "{} {}", found, text);
    }
}
