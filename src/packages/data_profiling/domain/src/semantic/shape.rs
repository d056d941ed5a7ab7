//! Shapes of texts: what they are made of, without what they say.
//!
//! | sign | stands for |
//! |---|---|
//! | `A` `a` | a letter in upper, lower case, of any alphabet |
//! | `x` | a letter of an alphabet without case |
//! | `9` | a digit, of any script |
//! | `X` | a letter or digit |
//! | space | any white space |
//! | `*` | any other character outside ASCII |
//! | ASCII punctuation | itself; `*`, `+`, `{`, `}` and `\` after a `\` |
//! | `{5}` | the sign before, so many times (written out up to four) |
//! | `+` | the sign before, once or more |
//! | `…` | more than is shown |

use std::collections::BTreeMap;
use std::fmt::Write;

/// At most so many shapes are told.
const SHAPES: usize = 10;

/// At most so many runs of a text are told.
const RUNS: usize = 32;

/// From this share in [`SHAPES`] shapes on, they are fine enough to tell a column.
const TELLING_SHARE: f64 = 0.8;

/// How finely shapes tell texts apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grain {
    /// Classes of characters and how many: `AA-9999`.
    Counted,
    /// Classes of characters: `A+-9+`.
    Classes,
    /// Letters and digits as one, and how many: `X{8}-XXXX`.
    CountedTokens,
    /// Letters and digits as one: `X+-X+`.
    Tokens,
}

impl Grain {
    const FROM_FINE_TO_COARSE: [Self; 4] =
        [Self::Counted, Self::Classes, Self::CountedTokens, Self::Tokens];
}

/// The most frequent shapes with their weights, and the weight of all others.
pub(super) fn shapes(texts: &[(&str, u64)]) -> (Vec<(String, u64)>, u64) {
    let total: u64 = texts.iter().map(|(_, weight)| weight).sum();
    let mut best: Option<(Vec<(String, u64)>, u64)> = None;
    for grain in Grain::FROM_FINE_TO_COARSE {
        let top = most_frequent(texts, grain);
        let told: u64 = top.iter().map(|(_, weight)| weight).sum();
        if best.as_ref().is_none_or(|&(_, most)| told > most) {
            best = Some((top, told));
        }
        if told as f64 >= TELLING_SHARE * total as f64 {
            break;
        }
    }
    let (top, told) = best.unwrap_or_default();
    (top, total - told)
}

fn most_frequent(texts: &[(&str, u64)], grain: Grain) -> Vec<(String, u64)> {
    let mut weights: BTreeMap<String, u64> = BTreeMap::new();
    for (text, weight) in texts {
        *weights.entry(shape(text, grain)).or_default() += weight;
    }
    let mut top: Vec<(String, u64)> = weights.into_iter().collect();
    top.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    top.truncate(SHAPES);
    top
}

fn shape(text: &str, grain: Grain) -> String {
    let mut shape = String::new();
    let mut run: Option<(char, usize)> = None;
    let mut runs = 0;
    for character in text.chars() {
        let sign = sign(character, grain);
        match &mut run {
            Some((running, count)) if *running == sign => *count += 1,
            run => {
                if let Some(done) = run.replace((sign, 1)) {
                    write_run(&mut shape, done, grain);
                }
                runs += 1;
                if runs > RUNS {
                    shape.push('…');
                    return shape;
                }
            }
        }
    }
    if let Some(done) = run {
        write_run(&mut shape, done, grain);
    }
    shape
}

fn sign(character: char, grain: Grain) -> char {
    let tokens = matches!(grain, Grain::CountedTokens | Grain::Tokens);
    match character {
        token if tokens && token.is_alphanumeric() => 'X',
        digit if digit.is_numeric() => '9',
        upper if upper.is_uppercase() => 'A',
        lower if lower.is_lowercase() => 'a',
        letter if letter.is_alphabetic() => 'x',
        space if space.is_whitespace() => ' ',
        mark if mark.is_ascii_punctuation() => mark,
        // A sign of its own: `*` itself is written after a backslash.
        _ => '\u{0}',
    }
}

fn write_run(shape: &mut String, (sign, count): (char, usize), grain: Grain) {
    let is_class = matches!(sign, 'A' | 'a' | 'x' | '9' | 'X');
    let is_quantified = is_class && matches!(grain, Grain::Classes | Grain::Tokens);
    let written = if is_quantified || count > 4 { 1 } else { count };
    for _ in 0..written {
        if matches!(sign, '*' | '+' | '{' | '}' | '\\') {
            shape.push('\\');
        }
        shape.push(if sign == '\u{0}' { '*' } else { sign });
    }
    // A capital alone begins a word: `Aa+` reads better than `A+a+`.
    if is_quantified && (sign != 'A' || count > 1) {
        shape.push('+');
    } else if !is_quantified && count > 4 {
        let _ = write!(shape, "{{{count}}}");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn shapes_read_well() {
        for (text, grain, expected) in [
            ("AB-1234", Grain::Counted, "AA-9999"),
            ("4111111111111111", Grain::Counted, "9{16}"),
            ("+49 30", Grain::Counted, "\\+99 99"),
            ("Zoë 東京 ٣", Grain::Counted, "Aaa xx 9"),
            ("5 €*", Grain::Counted, "9 *\\*"),
            ("Ada Lovelace", Grain::Classes, "Aa+ Aa+"),
            ("N14228", Grain::Classes, "A9+"),
            ("123e4567-e89b", Grain::CountedTokens, "X{8}-XXXX"),
            ("a.b@example.org", Grain::Tokens, "X+.X+@X+.X+"),
            ("", Grain::Counted, ""),
        ] {
            assert_eq!(shape(text, grain), expected, "{text}");
        }
    }

    #[test]
    fn the_finest_grain_that_covers_a_column_is_chosen() {
        let codes: Vec<String> = (0..50).map(|number| format!("AB-{number:04}")).collect();
        let texts: Vec<(&str, u64)> = codes.iter().map(|code| (code.as_str(), 2)).collect();
        assert_eq!(shapes(&texts), (vec![("AA-9999".to_owned(), 100)], 0));
        let words: Vec<String> = (1..50).map(|length| "b".repeat(length)).collect();
        let texts: Vec<(&str, u64)> = words.iter().map(|word| (word.as_str(), 1)).collect();
        assert_eq!(shapes(&texts), (vec![("a+".to_owned(), 49)], 0));
    }

    proptest! {
        /// Letters and digits leave no trace: texts that differ in nothing else have one shape.
        #[test]
        fn shapes_do_not_tell_letters_or_digits(
            text in "[a-zA-Z0-9 .,:+{}*\\\\@-]{0,40}|\\PC{0,30}",
            shift in 1..9_u8,
        ) {
            let other: String = text.chars().map(|character| match character {
                '0'..='9' => rotate(character, b'0', 10, shift),
                'a'..='z' => rotate(character, b'a', 26, shift),
                'A'..='Z' => rotate(character, b'A', 26, shift),
                'ä' => 'ж',
                other => other,
            }).collect();
            for grain in Grain::FROM_FINE_TO_COARSE {
                let told = shape(&text, grain);
                prop_assert_eq!(&told, &shape(&other, grain));
                // What stays is a sign of the notation, a count or punctuation.
                prop_assert!(told.chars().all(|sign| "AaxX9 …".contains(sign)
                    || sign.is_ascii_digit() || sign.is_ascii_punctuation()), "{}", told);
            }
        }

        #[test]
        fn weights_add_up(words in proptest::collection::vec(("[aB9 -]{0,6}", 1..9_u64), 0..60)) {
            let texts: Vec<(&str, u64)> =
                words.iter().map(|(word, weight)| (word.as_str(), *weight)).collect();
            let (top, rest) = shapes(&texts);
            let told: u64 = top.iter().map(|(_, weight)| weight).sum();
            prop_assert_eq!(told + rest, texts.iter().map(|(_, weight)| weight).sum::<u64>());
            prop_assert!(top.len() <= SHAPES);
        }
    }

    fn rotate(character: char, first: u8, size: u8, shift: u8) -> char {
        char::from(first + (character as u8 - first + shift) % size)
    }
}
