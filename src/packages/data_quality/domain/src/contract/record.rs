use std::cell::RefCell;

use crate::expression::{Expression, Number};
use crate::problem::{Problem, ProblemLevel, nearest};
use crate::yaml::{Entry, Node, Place, ScalarValue};

/// Problems found so far.
#[derive(Default)]
pub(crate) struct Problems(RefCell<Vec<Problem>>);

impl Problems {
    pub(crate) fn add(&self, problem: Problem) {
        self.0.borrow_mut().push(problem);
    }

    pub(crate) fn error(&self, place: Place, what: impl Into<String>) {
        self.add(Problem::error(place, what));
    }

    /// All of them, in the order of the file.
    pub(crate) fn into_sorted(self) -> Vec<Problem> {
        let mut problems = self.0.into_inner();
        problems.sort_by_key(|problem| problem.place);
        problems
    }

    /// How many make the contract unusable.
    pub(crate) fn errors(&self) -> usize {
        let is_error = |problem: &&Problem| problem.level == ProblemLevel::Error;
        self.0.borrow().iter().filter(is_error).count()
    }
}

/// The keys and values of one part of a contract, read by name; what is left over is told.
pub(crate) struct Record<'a> {
    entries: &'a [Entry],
    place: Place,
    /// What the part is, such as `property`.
    what: &'static str,
    read: RefCell<Vec<&'static str>>,
    problems: &'a Problems,
}

impl<'a> Record<'a> {
    /// A part that must be keys with values.
    pub(crate) fn of(node: &'a Node, what: &'static str, problems: &'a Problems) -> Option<Self> {
        let Some(entries) = node.entries() else {
            problems.error(
                node.place,
                format!("a {what} is keys with values, and not {}", node.kind()),
            );
            return None;
        };
        Some(Self { entries, place: node.place, what, read: RefCell::default(), problems })
    }

    /// Where it begins.
    pub(crate) fn place(&self) -> Place {
        self.place
    }

    /// Where the problems go.
    pub(crate) fn problems(&self) -> &'a Problems {
        self.problems
    }

    /// Where a key stands, else where the part begins.
    pub(crate) fn place_of(&self, key: &str) -> Place {
        self.entries.iter().find(|entry| entry.key == key).map_or(self.place, |entry| entry.place)
    }

    /// The value of a key; `None` when it is not there or null.
    pub(crate) fn get(&self, key: &'static str) -> Option<&'a Node> {
        self.know(&[key]);
        let entry = self.entries.iter().find(|entry| entry.key == key)?;
        (!entry.value.is_null()).then_some(&entry.value)
    }

    /// Whether a key is there.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.key == key)
    }

    /// Keys that are legal here and kept, but mean nothing to a check.
    pub(crate) fn know(&self, keys: &[&'static str]) {
        self.read.borrow_mut().extend(keys);
    }

    fn expected(&self, key: &str, node: &Node, expected: &str) {
        let what = format!("{key} must be {expected}, and not {}", node.kind());
        self.problems.error(node.place, what);
    }

    /// A single value as it is written.
    pub(crate) fn text(&self, key: &'static str) -> Option<&'a str> {
        let node = self.get(key)?;
        let text = node.text();
        if text.is_none() {
            self.expected(key, node, "a text");
        }
        text
    }

    /// A text that must be there.
    pub(crate) fn required_text(&self, key: &'static str) -> Option<&'a str> {
        if self.get(key).is_none() {
            self.problems.error(self.place, format!("the {} has no {key}", self.what));
        }
        self.text(key)
    }

    /// A truth value.
    pub(crate) fn flag(&self, key: &'static str) -> Option<bool> {
        let node = self.get(key)?;
        let Some(ScalarValue::Boolean(value)) = node.scalar() else {
            self.expected(key, node, "true or false");
            return None;
        };
        Some(value)
    }

    /// A number.
    pub(crate) fn number(&self, key: &'static str) -> Option<Number> {
        let node = self.get(key)?;
        let number = number_of(node);
        if number.is_none() {
            self.expected(key, node, "a number");
        }
        number
    }

    /// A whole number from 0.
    pub(crate) fn whole(&self, key: &'static str) -> Option<u64> {
        let number = self.number(key)?;
        let whole = number.whole().and_then(|whole| u64::try_from(whole).ok());
        if whole.is_none() {
            let place = self.get(key).map_or(self.place, |node| node.place);
            self.problems
                .error(place, format!("{key} must be a whole number from 0, and not {number}"));
        }
        whole
    }

    /// The items of a list; none when it is not there.
    pub(crate) fn list(&self, key: &'static str) -> &'a [Node] {
        let Some(node) = self.get(key) else { return &[] };
        node.items().unwrap_or_else(|| {
            self.expected(key, node, "a list");
            &[]
        })
    }

    /// The texts of a list, or a single text.
    pub(crate) fn texts(&self, key: &'static str) -> Vec<String> {
        let Some(node) = self.get(key) else { return Vec::new() };
        if let Some(text) = node.text() {
            return vec![text.to_owned()];
        }
        let text = |item: &Node| {
            let text = item.text();
            if text.is_none() {
                self.expected(key, item, "a list of texts");
            }
            text.map(str::to_owned)
        };
        self.list(key).iter().filter_map(text).collect()
    }

    /// A number, text or truth value as a constant.
    pub(crate) fn constant(&self, key: &'static str) -> Option<Expression> {
        let node = self.get(key)?;
        let constant = constant_of(node);
        if constant.is_none() {
            self.expected(key, node, "a number or a text");
        }
        constant
    }

    /// The constants of a list; nulls in it are left out.
    pub(crate) fn constants(&self, key: &'static str) -> Vec<Expression> {
        let constant = |item: &Node| {
            let constant = constant_of(item);
            if constant.is_none() && !item.is_null() {
                self.expected(key, item, "a list of numbers and texts");
            }
            constant
        };
        self.list(key).iter().filter_map(constant).collect()
    }

    /// Tells the keys that nobody knows.
    pub(crate) fn finish(self) {
        let known = self.read.into_inner();
        for entry in self.entries {
            if !known.contains(&entry.key.as_str()) {
                let what = format!(
                    "a {} has no key {}; it is kept, and means nothing",
                    self.what, entry.key
                );
                let hint = nearest(&entry.key, known.iter().copied());
                self.problems.add(Problem::warning(entry.place, what).maybe_hint(hint));
            }
        }
    }
}

/// The number that a plain value is.
pub(crate) fn number_of(node: &Node) -> Option<Number> {
    match node.scalar() {
        Some(ScalarValue::Number(text)) => Number::read(&text),
        _ => None,
    }
}

fn constant_of(node: &Node) -> Option<Expression> {
    Some(match node.scalar()? {
        ScalarValue::Null => return None,
        ScalarValue::Boolean(value) => Expression::Boolean(value),
        ScalarValue::Number(text) => {
            Number::read(&text).map_or(Expression::Text(text), Expression::Number)
        }
        ScalarValue::Text(text) => Expression::Text(text),
    })
}
