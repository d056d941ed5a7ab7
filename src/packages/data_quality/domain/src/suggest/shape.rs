//! How texts are written: runs of capitals, small letters, figures, and what stands between.

use std::collections::HashMap;
use std::fmt::Write;

/// The commonest shapes make a pattern when so many of the texts have one of them.
const COVERED: f64 = 0.95;
/// More shapes make none.
const MOST_SHAPES: usize = 3;
/// Words of one shape, however many, are one.
type Word = Vec<(Class, usize)>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Class {
    Capital,
    Small,
    Letter,
    Figure,
    Other(char),
}

impl Class {
    fn of(letter: char) -> Self {
        match letter {
            _ if letter.is_uppercase() => Self::Capital,
            _ if letter.is_lowercase() => Self::Small,
            _ if letter.is_alphabetic() => Self::Letter,
            _ if letter.is_ascii_digit() => Self::Figure,
            _ => Self::Other(letter),
        }
    }

    fn pattern(self) -> String {
        match self {
            Self::Capital => "\\p{Uppercase}".to_owned(),
            Self::Small => "\\p{Lowercase}".to_owned(),
            Self::Letter => "\\p{Alphabetic}".to_owned(),
            Self::Figure => "[0-9]".to_owned(),
            Self::Other(letter) => regex::escape(letter.encode_utf8(&mut [0; 4])),
        }
    }

    fn repeats(self) -> bool {
        !matches!(self, Self::Other(_))
    }
}

/// A shape, how many texts have it, and how long its runs are where they are equally long in all.
struct Shape {
    count: u64,
    lengths: Option<Vec<usize>>,
}

/// A pattern that nearly all texts match, where few shapes make it. `texts` are the different ones
/// with how often they occur, `all` in all.
pub(super) fn pattern(texts: &[(&str, u64)], all: u64) -> Option<String> {
    let mut shapes: HashMap<Vec<Vec<Class>>, Shape> = HashMap::new();
    for (text, count) in texts {
        let words: Vec<Word> = text.split(' ').map(word).collect();
        let lengths: Vec<usize> = words.iter().flatten().map(|(_, length)| *length).collect();
        let mut classes: Vec<Vec<Class>> =
            words.iter().map(|word| word.iter().map(|(class, _)| *class).collect()).collect();
        let several = classes.len();
        classes.dedup();
        let fixed = (several == classes.len()).then_some(lengths);
        match shapes.get_mut(&classes) {
            Some(known) => {
                known.count += count;
                if known.lengths != fixed {
                    known.lengths = None;
                }
            }
            None => {
                shapes.insert(classes, Shape { count: *count, lengths: fixed });
            }
        }
    }
    let mut ordered: Vec<(Vec<Vec<Class>>, Shape)> = shapes.into_iter().collect();
    ordered.sort_by(|(left, one), (right, other)| {
        other.count.cmp(&one.count).then_with(|| left.cmp(right))
    });
    let mut covered = 0;
    let mut parts = Vec::new();
    let mut says_something = false;
    for (classes, shape) in ordered.iter().take(MOST_SHAPES) {
        if covered as f64 >= COVERED * all as f64 {
            break;
        }
        covered += shape.count;
        says_something |= shape.lengths.is_some()
            || classes
                .iter()
                .flatten()
                .any(|class| matches!(class, Class::Figure | Class::Other(_)));
        parts.push(of_shape(classes, shape.lengths.as_deref()));
    }
    let is_rule = covered as f64 >= COVERED * all as f64 && (covered < all || says_something);
    is_rule.then(|| format!("^(?:{})$", parts.join("|")))
}

fn word(text: &str) -> Word {
    let mut runs: Word = Vec::new();
    for letter in text.chars() {
        let class = Class::of(letter);
        match runs.last_mut() {
            Some((last, length)) if *last == class && class.repeats() => *length += 1,
            _ => runs.push((class, 1)),
        }
    }
    runs
}

fn of_shape(words: &[Vec<Class>], lengths: Option<&[usize]>) -> String {
    let mut text = String::new();
    let mut lengths = lengths.map(|lengths| lengths.iter().copied());
    for (index, word) in words.iter().enumerate() {
        let mut one = String::new();
        for class in word {
            one.push_str(&class.pattern());
            let length = lengths.as_mut().and_then(Iterator::next);
            match length {
                _ if !class.repeats() => {}
                Some(length) => {
                    let _ = write!(one, "{{{length}}}");
                }
                None => one.push('+'),
            }
        }
        if index > 0 {
            text.push(' ');
        }
        text.push_str(&one);
        if lengths.is_none() {
            let _ = write!(text, "(?: {one})*");
        }
    }
    text
}
