use crate::exchange::arguments::Reason;
use crate::expression::Number;
use crate::yaml::{Node, list, plain};

/// What a figure or a count must be, as operators of the standard.
pub(super) type Limit = Vec<(&'static str, Node)>;

/// Operators, ours and the ones of the opposite.
const OPERATORS: [(&str, &str, &str); 8] = [
    (">=", "mustBeGreaterOrEqualTo", "mustBeLessThan"),
    ("<=", "mustBeLessOrEqualTo", "mustBeGreaterThan"),
    ("!=", "mustNotBe", "mustBe"),
    ("<>", "mustNotBe", "mustBe"),
    ("==", "mustBe", "mustNotBe"),
    (">", "mustBeGreaterThan", "mustBeLessOrEqualTo"),
    ("<", "mustBeLessThan", "mustBeGreaterOrEqualTo"),
    ("=", "mustBe", "mustNotBe"),
];

fn refused(text: &str) -> Reason {
    format!("the threshold {:?} is not understood here", text.trim())
}

/// Reads `> 5`, `= 0 %`, `between 10 and 20`, `between (10 and 20]` or `not between 1 and 2`;
/// `negated`: what must be for it not to be so. `number` reads the bounds.
pub(super) fn read(
    text: &str,
    negated: bool,
    number: impl Fn(&str) -> Option<Number>,
) -> Result<Limit, Reason> {
    let words = text.trim().trim_end_matches('%').trim_end();
    let bound = |text: &str| number(text.trim()).ok_or_else(|| refused(words));
    if let Some((_, kept, opposite)) = OPERATORS.iter().find(|(sign, ..)| words.starts_with(sign)) {
        let rest = words.trim_start_matches(['<', '>', '=', '!']);
        return Ok(vec![(if negated { opposite } else { kept }, plain(bound(rest)?))]);
    }
    let (outside, range) = match words.strip_prefix("not between ") {
        Some(range) => (!negated, range),
        None => (negated, words.strip_prefix("between ").ok_or_else(|| refused(words))?),
    };
    let (low, high) = range.split_once(" and ").ok_or_else(|| refused(words))?;
    let (above, below) = (low.trim().starts_with('('), high.trim().ends_with(')'));
    let low = bound(low.trim().trim_start_matches(['(', '[']))?;
    let high = bound(high.trim().trim_end_matches([')', ']', '%']))?;
    if !above && !below {
        let operator = if outside { "mustNotBeBetween" } else { "mustBeBetween" };
        return Ok(vec![(operator, list([plain(low), plain(high)]))]);
    }
    if outside {
        return Err("what lies outside of open bounds cannot be said here".to_owned());
    }
    Ok(vec![
        (if above { "mustBeGreaterThan" } else { "mustBeGreaterOrEqualTo" }, plain(low)),
        (if below { "mustBeLessThan" } else { "mustBeLessOrEqualTo" }, plain(high)),
    ])
}

/// Reads `threshold: {must_be_less_than: 5}` of Soda 4.
pub(super) fn of_contract(node: &Node) -> Result<Limit, Reason> {
    const KEYS: [(&str, &str); 6] = [
        ("must_be", "mustBe"),
        ("must_not_be", "mustNotBe"),
        ("must_be_greater_than", "mustBeGreaterThan"),
        ("must_be_greater_than_or_equal", "mustBeGreaterOrEqualTo"),
        ("must_be_less_than", "mustBeLessThan"),
        ("must_be_less_than_or_equal", "mustBeLessOrEqualTo"),
    ];
    const RANGE: [(&str, &str); 4] = [
        ("greater_than", "mustBeGreaterThan"),
        ("greater_than_or_equal", "mustBeGreaterOrEqualTo"),
        ("less_than", "mustBeLessThan"),
        ("less_than_or_equal", "mustBeLessOrEqualTo"),
    ];
    let mut limit = Limit::new();
    for entry in node.entries().unwrap_or_default() {
        let key = entry.key.as_str();
        if let Some((_, operator)) = KEYS.iter().find(|(known, _)| *known == key) {
            limit.push((operator, entry.value.clone()));
            continue;
        }
        match (key, entry.value.items(), entry.value.entries()) {
            ("metric" | "unit" | "level" | "additional", ..) => {}
            ("must_be_between", Some(_), _) => limit.push(("mustBeBetween", entry.value.clone())),
            ("must_be_not_between" | "must_not_be_between", Some(_), _) => {
                limit.push(("mustNotBeBetween", entry.value.clone()));
            }
            ("must_be_between", None, Some(bounds)) => {
                for bound in bounds {
                    let known = RANGE.iter().find(|(known, _)| *known == bound.key);
                    let (_, operator) = known.ok_or_else(|| refused(&bound.key))?;
                    limit.push((operator, bound.value.clone()));
                }
            }
            ("must_be_not_between" | "must_not_be_between", None, Some(_)) => {
                let bound = |key| entry.value.get(key).cloned();
                // from the lower bound to the upper one is wrong, both included
                match (bound("less_than"), bound("greater_than")) {
                    (Some(low), Some(high)) => limit.push(("mustNotBeBetween", list([low, high]))),
                    _ => return Err(refused(key)),
                }
            }
            _ => return Err(refused(key)),
        }
    }
    Ok(limit)
}

/// Whether a limit says that there is none, or that there is some: the same however repeated rows
/// are counted.
pub(super) fn is_of_none(limit: &Limit) -> bool {
    let bound = |node: &Node| node.text().map(str::to_owned);
    matches!(limit.as_slice(), [(operator, node)] if matches!(
        (*operator, bound(node).as_deref()),
        ("mustBe" | "mustNotBe" | "mustBeLessOrEqualTo" | "mustBeGreaterThan", Some("0"))
            | ("mustBeLessThan" | "mustBeGreaterOrEqualTo", Some("1"))
    ))
}

/// Minutes of `1d6h`, `24h` or `30m`.
pub(super) fn minutes(text: &str) -> Option<Number> {
    let mut total: i64 = 0;
    let mut digits = String::new();
    for letter in text.chars().filter(|letter| !letter.is_whitespace()) {
        let unit = match letter {
            '0'..='9' => {
                digits.push(letter);
                continue;
            }
            'd' => 24 * 60,
            'h' => 60,
            'm' => 1,
            _ => return None,
        };
        let times: i64 = digits.parse().ok()?;
        total = total.checked_add(times.checked_mul(unit)?)?;
        digits.clear();
    }
    (digits.is_empty() && !text.trim().is_empty()).then(|| Number::from(total))
}
