//! What programs write: JSON, base64, colours, versions, paths.

use serde::de::IgnoredAny;

use super::glance::{Glance, all_digits, all_hex, is_listed};
use super::lists::FILE_EXTENSIONS;
use super::sample::VALUE_BYTES;

/// A JSON object or array. Of a text that was cut only the start is seen.
pub(super) fn is_json(glance: &Glance<'_>) -> bool {
    let text = glance.text;
    let inner = match (text.as_bytes().first(), glance.len()) {
        (Some(b'{' | b'['), 2..) => text.get(1..).unwrap_or_default().trim_start(),
        _ => return false,
    };
    if may_be_cut(glance) {
        let object = text.starts_with('{') && inner.starts_with('"') && inner.contains("\":");
        let array = text.starts_with('[')
            && inner
                .starts_with(|first: char| first.is_ascii_digit() || "[{\"-tfn".contains(first));
        return object || array;
    }
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

fn may_be_cut(glance: &Glance<'_>) -> bool {
    glance.len() > VALUE_BYTES - 4
}

/// At least sixteen signs of base64, padded or not, of upper and lower case and digits; not a path
/// or a word.
pub(super) fn is_base64(glance: &Glance<'_>) -> bool {
    if glance.len() < 16 || !glance.is_alphanumeric_or(b"+/=-_") {
        return false;
    }
    let body = glance.text.trim_end_matches('=');
    let padding = glance.len() - body.len();
    let mixed = glance.uppers > 0 && glance.lowers > 0 && (glance.digits > 0 || padding > 0);
    let standard = !glance.has(b'-') && !glance.has(b'_');
    let one_alphabet = standard || !glance.has(b'+') && !glance.has(b'/');
    let whole =
        if padding > 0 || standard { glance.len().is_multiple_of(4) } else { body.len() % 4 != 1 };
    let whole = whole || may_be_cut(glance);
    mixed && one_alphabet && padding <= 2 && !body.contains('=') && whole
}

/// Whether a text has a sign of base64 that codes of letters and digits have not.
pub(super) fn has_base64_mark(glance: &Glance<'_>) -> bool {
    glance.has(b'+') || glance.has(b'/') || glance.has(b'=')
}

/// `#` and three, six or eight hexadecimal digits.
pub(super) fn is_hex_colour(glance: &Glance<'_>) -> bool {
    glance
        .text
        .strip_prefix('#')
        .is_some_and(|digits| matches!(digits.len(), 3 | 6 | 8) && all_hex(digits))
}

/// `major.minor.patch` without leading zeros, perhaps after `v`, with `-pre.release` and `+build`.
pub(super) fn is_version(glance: &Glance<'_>) -> bool {
    if !(5..=64).contains(&glance.len()) || !glance.is_alphanumeric_or(b".-+") {
        return false;
    }
    let text = glance.text.strip_prefix(['v', 'V']).unwrap_or(glance.text);
    let (text, build) =
        text.split_once('+').map_or((text, None), |(text, build)| (text, Some(build)));
    let (core, pre) = text.split_once('-').map_or((text, None), |(core, pre)| (core, Some(pre)));
    let number =
        |part: &str| all_digits(part) && part.len() <= 6 && (part == "0" || !part.starts_with('0'));
    let parts: Vec<&str> = core.split('.').collect();
    let named =
        |part: Option<&str>| part.is_none_or(|part| part.split('.').all(|name| !name.is_empty()));
    parts.len() == 3 && parts.into_iter().all(number) && named(pre) && named(build)
}

/// An absolute or relative path, of Unix or Windows, or a file's name with a known extension.
pub(super) fn is_file_path(glance: &Glance<'_>) -> bool {
    let text = glance.text;
    if glance.letters() + glance.other_letters == 0 || text.contains("://") || text.contains('\n') {
        return false;
    }
    let bytes = text.as_bytes();
    let drive = matches!(bytes, [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic());
    if drive || text.starts_with("\\\\") {
        return true;
    }
    let begins = ["./", "../", "~/"].iter().any(|start| text.starts_with(start));
    let segments = text.split('/').filter(|segment| !segment.is_empty()).count();
    let absolute = text.starts_with('/') && segments >= 2 && !text.contains("//");
    if (begins || absolute) && text.matches(' ').count() <= 3 {
        return true;
    }
    let Some((name, extension)) = text.rsplit_once('.') else { return false };
    is_listed(FILE_EXTENSIONS, &extension.to_ascii_lowercase())
        && !name.is_empty()
        && !name.contains(['@', ':', ',', ';'])
        && name.matches(' ').count() <= 4
        && name.ends_with(|last: char| last.is_alphanumeric() || ")]_-".contains(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(is: fn(&Glance<'_>) -> bool, right: &[&str], wrong: &[&str]) {
        for text in right {
            assert!(is(&Glance::at(text)), "{text}");
        }
        for text in wrong {
            assert!(!is(&Glance::at(text)), "{text}");
        }
    }

    #[test]
    fn json() {
        let long = format!("{{\"a\": \"{}", "x".repeat(VALUE_BYTES - 7));
        check(
            is_json,
            &["{}", "[1, 2]", "{\"a\": {\"b\": null}}", &long],
            &["{", "[a]", "{a: 1}", "12", "\"a\"", "{not json}"],
        );
    }

    #[test]
    fn base64() {
        check(
            is_base64,
            &["SGVsbG8gV29ybGQhIQ==", "q83vEjRWeJCrze8SNFZ4kA==", "aGVsbG8td29ybGQ_9zE"],
            &["SGVsbG8=", "internationalization", "d41d8cd98f00b204", "Hello World Again 12"],
        );
    }

    #[test]
    fn colours_and_versions() {
        check(is_hex_colour, &["#fff", "#A0b1C2", "#11223344"], &["fff", "#ffff", "#ggg"]);
        check(
            is_version,
            &["1.2.3", "v0.10.0", "1.0.0-rc.1+build.5"],
            &["1.2", "01.2.3", "1.2.3.4", "1.2.x", "a.b.c", "1.0.0-"],
        );
    }

    #[test]
    fn paths() {
        check(
            is_file_path,
            &[
                "/var/log/syslog",
                "C:\\Temp\\a.txt",
                "\\\\server\\share",
                "./a",
                "report (1).pdf",
                "src/main.rs",
            ],
            &["and/or", "/", "a.b", "https://a.b/c.pdf", "1/2", "end of text.", "N/A", "x: y.md"],
        );
    }
}
