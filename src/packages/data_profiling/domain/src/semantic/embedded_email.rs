//! E-mail addresses inside texts, found in every row at little cost.

/// Whether any of the bytes is `@`; whole stretches are compared at once.
#[inline]
pub(super) fn has_at_sign(bytes: &[u8]) -> bool {
    let (stretches, rest) = bytes.as_chunks::<64>();
    // Counted to the end of each stretch, which vectorises as an early return would not.
    let count = |bytes: &[u8]| bytes.iter().map(|&byte| u8::from(byte == b'@')).sum::<u8>();
    stretches.iter().any(|stretch| count(stretch) > 0) || count(rest) > 0
}

/// Whether a text holds something of an e-mail address's form: a letter, digit or mark before an
/// `@`, behind it a name with a dot and at least two letters.
pub(super) fn has_email_inside(text: &[u8]) -> bool {
    let mut from = 0;
    while let Some(found) =
        text.get(from..).and_then(|rest| rest.iter().position(|&byte| byte == b'@'))
    {
        let place = from + found;
        let before = place.checked_sub(1).and_then(|before| text.get(before));
        let behind = text.get(place + 1..).unwrap_or_default();
        if before.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"_-+".contains(byte))
            && begins_with_domain(behind)
        {
            return true;
        }
        from = place + 1;
    }
    false
}

fn begins_with_domain(text: &[u8]) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-' || *byte == b'.';
    let end = text.iter().position(|byte| !is_part(byte)).unwrap_or(text.len());
    let name = text.get(..end).unwrap_or_default();
    let name = name.strip_suffix(b".").unwrap_or(name);
    let Some(dot) = name.iter().rposition(|&byte| byte == b'.') else { return false };
    let top = name.get(dot + 1..).unwrap_or_default();
    dot > 0
        && name.first().is_some_and(u8::is_ascii_alphanumeric)
        && top.len() >= 2
        && top.iter().all(u8::is_ascii_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_alone_and_among_words() {
        for text in [
            "ada@example.org",
            "write to ada.l+x@mail.example.org, please",
            "<ada@example.org>",
            "mail ada@example.org.",
            &format!("{}a@b.de", "x ".repeat(200)),
        ] {
            assert!(has_email_inside(text.as_bytes()), "{text}");
        }
        for text in
            ["", "@", "a@b", "@home.now", "5 @ 3.50", "a@.de", "a@b.c", "a@b.12", "x @ y.com"]
        {
            assert!(!has_email_inside(text.as_bytes()), "{text}");
        }
    }
}
