/// A piece of an expression's text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A word: a keyword, a function or a column.
    Word(String),
    /// A column in quotes.
    Quoted(String),
    /// A text in single quotes.
    Text(String),
    /// Digits.
    Number(String),
    /// An operator, a comma or a parenthesis.
    Symbol(&'static str),
}

/// Words that are not columns unless they stand in quotes.
pub(super) const KEYWORDS: [&str; 10] =
    ["and", "or", "not", "between", "in", "is", "null", "true", "false", "div"];

const SYMBOLS: [&str; 16] =
    ["<=", ">=", "<>", "!=", "==", "=", "<", ">", "+", "-", "*", "/", "%", "(", ")", ","];

/// Whether a column's name can stand without quotes.
pub(super) fn is_plain_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && name.chars().all(is_name_letter)
        && !KEYWORDS.iter().any(|keyword| name.eq_ignore_ascii_case(keyword))
}

fn is_name_letter(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The tokens of a text, each with the character, from 1, at which it begins.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, usize)>, (usize, String)> {
    let letters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&letter) = letters.get(at) {
        let begin = at;
        if letter.is_whitespace() {
            at += 1;
            continue;
        }
        let token = match letter {
            '\'' | '"' | '`' => {
                let Some((inner, end)) = quoted(&letters, at) else {
                    return Err((begin + 1, format!("the quote {letter} is not closed")));
                };
                at = end;
                if letter == '\'' { Token::Text(inner) } else { Token::Quoted(inner) }
            }
            _ if letter.is_alphabetic() || letter == '_' => {
                at = end_where(&letters, at, is_name_letter);
                Token::Word(collect(&letters, begin, at))
            }
            _ if letter.is_ascii_digit() || letter == '.' => {
                at = end_of_number(&letters, at);
                Token::Number(collect(&letters, begin, at))
            }
            _ => {
                let rest = collect(&letters, at, (at + 2).min(letters.len()));
                let symbol = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol));
                let Some(&symbol) = symbol else {
                    return Err((begin + 1, format!("{letter:?} means nothing here")));
                };
                at += symbol.len();
                Token::Symbol(symbol)
            }
        };
        tokens.push((token, begin + 1));
    }
    Ok(tokens)
}

fn collect(letters: &[char], begin: usize, end: usize) -> String {
    letters.get(begin..end).unwrap_or_default().iter().collect()
}

fn end_where(letters: &[char], begin: usize, goes_on: impl Fn(char) -> bool) -> usize {
    begin + letters.iter().skip(begin).take_while(|letter| goes_on(**letter)).count()
}

/// Digits, a point, and an exponent with its sign.
fn end_of_number(letters: &[char], begin: usize) -> usize {
    let end = end_where(letters, begin, |letter| letter.is_ascii_digit() || letter == '.');
    if !matches!(letters.get(end), Some('e' | 'E')) {
        return end;
    }
    let sign = usize::from(matches!(letters.get(end + 1), Some('+' | '-')));
    let digits = end_where(letters, end + 1 + sign, |letter| letter.is_ascii_digit());
    if digits > end + 1 + sign { digits } else { end }
}

/// What stands between a quote and the next one like it, where two of them stand for one.
fn quoted(letters: &[char], begin: usize) -> Option<(String, usize)> {
    let quote = *letters.get(begin)?;
    let mut inner = String::new();
    let mut at = begin + 1;
    loop {
        let letter = *letters.get(at)?;
        at += 1;
        if letter != quote {
            inner.push(letter);
        } else if letters.get(at) == Some(&quote) {
            inner.push(quote);
            at += 1;
        } else {
            return Some((inner, at));
        }
    }
}
