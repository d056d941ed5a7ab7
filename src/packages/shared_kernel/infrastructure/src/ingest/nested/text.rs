//! Valid JSON text, cut into the texts of its parts. On other text the pieces are meaningless, but
//! every loop ends.

/// The items of an array's text.
pub(super) fn items(array: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = array.strip_prefix(b"[").unwrap_or_default();
    std::iter::from_fn(move || {
        rest = rest.trim_ascii_start();
        if matches!(rest.first(), None | Some(b']')) {
            return None;
        }
        let (item, after) = rest.split_at(value_length(rest));
        rest = after_comma(after);
        (!item.is_empty()).then_some(item)
    })
}

/// The members of an object's text: the name as it is written, in quotation marks, and the value.
pub(super) fn members(object: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = object.strip_prefix(b"{").unwrap_or_default();
    std::iter::from_fn(move || {
        rest = rest.trim_ascii_start();
        if rest.first() != Some(&b'"') {
            return None;
        }
        let (name, after) = rest.split_at(value_length(rest));
        let after = after.trim_ascii_start();
        let after = after.strip_prefix(b":").unwrap_or(after).trim_ascii_start();
        let (value, after) = after.split_at(value_length(after));
        rest = after_comma(after);
        (!value.is_empty()).then_some((name, value))
    })
}

fn after_comma(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii_start();
    text.strip_prefix(b",").unwrap_or(text)
}

/// Bytes of the value that text begins with.
fn value_length(text: &[u8]) -> usize {
    match text.first() {
        Some(b'"') => string_length(text),
        Some(b'{' | b'[') => {
            let (mut depth, mut place) = (0_usize, 0);
            while let Some(&byte) = text.get(place) {
                match byte {
                    b'"' => {
                        place += string_length(text.get(place..).unwrap_or_default());
                        continue;
                    }
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => depth -= 1,
                    _ => {}
                }
                place += 1;
                if depth == 0 {
                    break;
                }
            }
            place.min(text.len())
        }
        _ => {
            let ends =
                |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b']' | b'}' | b':');
            text.iter().position(ends).unwrap_or(text.len())
        }
    }
}

/// Bytes of the string that text begins with, quotation marks included.
fn string_length(text: &[u8]) -> usize {
    let mut place = 1;
    while let Some(&byte) = text.get(place) {
        match byte {
            b'"' => return place + 1,
            b'\\' => place += 2,
            _ => place += 1,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parts_are_cut_where_json_ends_them() {
        let text = br#"[1, "a]\"", {"b":[2,"}"]} ,[], null]"#;
        let parts: Vec<&[u8]> = items(text).collect();
        assert_eq!(parts, [&b"1"[..], br#""a]\"""#, br#"{"b":[2,"}"]}"#, b"[]", b"null"]);
        let text = br#"{"a":1,"b" : {"c":","} , "d":[]}"#;
        let parts: Vec<_> = members(text).collect();
        assert_eq!(parts.len(), 3);
        assert_eq!(parts[1], (&br#""b""#[..], &br#"{"c":","}"#[..]));
        assert_eq!(items(b"[]").count() + members(b"{}").count() + items(b"7").count(), 0);
    }

    proptest! {
        #[test]
        fn any_text_ends(text in r#"[\[{]["{}\[\],:a1\\ ]{0,40}"#) {
            prop_assert!(items(text.as_bytes()).count() <= text.len());
            prop_assert!(members(text.as_bytes()).count() <= text.len());
        }
    }
}
