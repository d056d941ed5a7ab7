use std::borrow::Cow;

use shared_kernel_domain::table::Cell;

use super::{count, value};

/// `text` with everything that could steer a terminal or reorder a line written out: control
/// characters, line breaks and bidirectional controls appear as escapes such as `\n`, `\u{1b}`.
pub fn printable(text: &str) -> Cow<'_, str> {
    escape_where(text, steers)
}

/// Like [`printable`], but keeps line breaks.
pub fn printable_lines(text: &str) -> Cow<'_, str> {
    escape_where(text, |character| character != '\n' && steers(character))
}

fn escape_where(text: &str, escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&escaped) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if escaped(character) {
            safe.extend(character.escape_default());
        } else {
            safe.push(character);
        }
    }
    Cow::Owned(safe)
}

fn steers(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// At most `characters` characters of `text`, printable; an ellipsis says that something was cut.
pub fn shorten(text: &str, characters: usize) -> String {
    let text = printable(text);
    if text.chars().nth(characters).is_none() {
        return text.into_owned();
    }
    let mut short: String = text.chars().take(characters.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// A cell for people to read; text that is empty or has blanks at its ends is quoted.
pub fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Float(number) => value(*number),
        Cell::Text(text) if text.is_empty() || text.trim() != text => {
            format!("\"{}\"", printable(text))
        }
        Cell::Text(text) => printable(text).into_owned(),
        other => other.to_string(),
    }
}

/// Text for a Markdown document: what Markdown would take as its own is escaped.
pub fn markdown_text(text: &str) -> String {
    let text = printable(text);
    let mut safe = String::with_capacity(text.len() + 8);
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        // an underscore inside a name is no emphasis
        let inside = before.is_alphanumeric() && rest.peek().is_some_and(|c| c.is_alphanumeric());
        if matches!(
            character,
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '|' | '&' | '~' | '#' | '!'
        ) || (character == '_' && !inside)
        {
            safe.push('\\');
        }
        safe.push(character);
        before = character;
    }
    safe
}

/// A count of things: `1 row`, `2,000 rows`.
pub fn plural(number: u64, singular: &str, plural: &str) -> String {
    format!("{} {}", count(number), if number == 1 { singular } else { plural })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_printable_steers_a_terminal() {
        assert_eq!(printable("plain ünïcode 漢字"), "plain ünïcode 漢字");
        assert_eq!(printable("a\u{1b}[31m\u{9b}b\r\n"), "a\\u{1b}[31m\\u{9b}b\\r\\n");
        assert_eq!(printable("abc\u{202e}txt.exe"), "abc\\u{202e}txt.exe");
        assert_eq!(printable_lines("a\nb\u{7}"), "a\nb\\u{7}");
    }

    #[test]
    fn cutting_counts_characters_and_is_visible() {
        assert_eq!(shorten("grün", 4), "grün");
        assert_eq!(shorten("grüne Wiese", 5), "grün…");
        assert_eq!(shorten("abc", 0), "…");
    }

    #[test]
    fn markdown_keeps_names_and_escapes_the_rest() {
        assert_eq!(markdown_text("dep_delay"), "dep_delay");
        assert_eq!(markdown_text("_x_ a|b\n"), "\\_x\\_ a\\|b\\\\n");
        assert_eq!(markdown_text("![](http://x)<img>"), "\\!\\[\\](http://x)\\<img\\>");
    }

    #[test]
    fn cells_show_what_is_in_them() {
        assert_eq!(cell(&Cell::Null), "null");
        assert_eq!(cell(&Cell::Float(0.1)), "0.1");
        assert_eq!(cell(&Cell::Text(String::new())), "\"\"");
        assert_eq!(cell(&Cell::Text(" NA".into())), "\" NA\"");
        assert_eq!(cell(&Cell::Text("tab\there".into())), "tab\\there");
        assert_eq!(plural(1, "row", "rows"), "1 row");
        assert_eq!(plural(2000, "row", "rows"), "2,000 rows");
    }
}
