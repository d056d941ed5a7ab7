//! E-mail addresses, URLs, host names, IP and MAC addresses, media types.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::glance::{Glance, all_digits, all_hex, is_listed};
use super::lists::{COUNTRIES_ALPHA2, FILE_EXTENSIONS, MEDIA_TYPES, TOP_LEVEL_DOMAINS};

/// A local part of at most 64 characters without spaces, `@`, and a name with a top level of
/// letters (or `xn--`).
pub(super) fn is_email(glance: &Glance<'_>) -> bool {
    if !glance.has(b'@') || glance.len() > 254 || glance.has(b' ') || glance.has(b'/') {
        return false;
    }
    let address = glance.text.strip_prefix("mailto:").unwrap_or(glance.text);
    let Some((local, domain)) = address.split_once('@') else { return false };
    let is_local =
        |character: char| character.is_alphanumeric() || "!#$%&'*+-=?^_`{|}~.".contains(character);
    let dots = local.starts_with('.') || local.ends_with('.') || local.contains("..");
    (1..=64).contains(&local.len())
        && local.chars().all(is_local)
        && !dots
        && is_domain(domain)
        && domain.rsplit('.').next().is_some_and(is_top_level_form)
}

/// Labels of letters, digits and hyphens, joined by at least one dot.
fn is_domain(name: &str) -> bool {
    name.len() <= 253 && name.contains('.') && name.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    let is_part =
        |character: char| character.is_alphanumeric() || character == '-' || character == '_';
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.chars().all(is_part)
}

fn is_top_level_form(label: &str) -> bool {
    label.len() >= 2 && (label.chars().all(char::is_alphabetic) || label.starts_with("xn--"))
}

/// `scheme://host…` without white space, or `www.` and a name.
pub(super) fn is_url(glance: &Glance<'_>) -> bool {
    let text = glance.text;
    if text.contains(char::is_whitespace) {
        return false;
    }
    if let Some((scheme, rest)) = text.split_once("://") {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        let scheme_is_right = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.len() <= 20
            && scheme.bytes().all(is_part);
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let named = host.starts_with(|first: char| first.is_alphanumeric() || first == '[');
        return scheme_is_right && (named || (scheme == "file" && rest.starts_with('/')));
    }
    let Some(rest) = text.get(..4).filter(|www| www.eq_ignore_ascii_case("www.")) else {
        return false;
    };
    let host = text.get(rest.len()..).unwrap_or_default();
    let host = host.split(['/', '?', '#', ':']).next().unwrap_or_default();
    is_domain(host) && host.rsplit('.').next().is_some_and(is_top_level_form)
}

/// A name of labels whose last is a known top level; what ends like a file's name is none.
pub(super) fn is_hostname(glance: &Glance<'_>) -> bool {
    if !glance.has(b'.') || glance.letters() < 3 || !glance.is_alphanumeric_or(b"-.") {
        return false;
    }
    let name = glance.text.strip_suffix('.').unwrap_or(glance.text);
    let lower = name.to_ascii_lowercase();
    let Some((before, top)) = lower.rsplit_once('.') else { return false };
    let known = is_listed(TOP_LEVEL_DOMAINS, top)
        || (top.len() == 2 && is_listed(COUNTRIES_ALPHA2, &top.to_ascii_uppercase()));
    let is_file = is_listed(FILE_EXTENSIONS, top) && !before.contains('.');
    let has_word = before.split('.').any(|label| label.len() >= 2);
    known && !is_file && has_word && is_domain(&lower)
}

/// Four numbers below 256 joined by dots; perhaps `/` and a prefix length.
pub(super) fn is_ipv4(glance: &Glance<'_>) -> bool {
    if glance.digits < 4 || !glance.has(b'.') || glance.letters() > 0 || glance.len() > 18 {
        return false;
    }
    let (address, right) = without_prefix_length(glance.text, 32);
    right && address.parse::<Ipv4Addr>().is_ok()
}

/// As the standard library reads it; perhaps with a prefix length or a zone.
pub(super) fn is_ipv6(glance: &Glance<'_>) -> bool {
    if !glance.has(b':') || glance.len() > 64 || glance.len() < 3 {
        return false;
    }
    let (address, right) = without_prefix_length(glance.text, 128);
    let address = address.split_once('%').map_or(address, |(address, _)| address);
    right && address.matches(':').count() >= 2 && address.parse::<Ipv6Addr>().is_ok()
}

fn without_prefix_length(text: &str, longest: u8) -> (&str, bool) {
    match text.split_once('/') {
        None => (text, true),
        Some((address, length)) => {
            let right =
                all_digits(length) && length.parse::<u8>().is_ok_and(|bits| bits <= longest);
            (address, right)
        }
    }
}

/// Six bytes in hexadecimal: by `:` or `-`, or in three groups by dots.
pub(super) fn is_mac_address(glance: &Glance<'_>) -> bool {
    let groups_of = |separator: char, count: usize, width: usize| {
        let mut groups = 0;
        glance.text.split(separator).all(|group| {
            groups += 1;
            group.len() == width && all_hex(group)
        }) && groups == count
    };
    match glance.len() {
        17 => groups_of(':', 6, 2) || groups_of('-', 6, 2),
        14 => groups_of('.', 3, 4),
        _ => false,
    }
}

/// `type/subtype` of a registered type, perhaps with parameters.
pub(super) fn is_media_type(glance: &Glance<'_>) -> bool {
    if !glance.has(b'/') || glance.len() > 127 {
        return false;
    }
    let essence = glance.text.split(';').next().unwrap_or_default().trim_end();
    let Some((kind, subtype)) = essence.split_once('/') else { return false };
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+*".contains(&byte);
    !subtype.is_empty()
        && subtype.bytes().all(is_part)
        && MEDIA_TYPES.iter().any(|known| kind.eq_ignore_ascii_case(known))
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
    fn emails() {
        check(
            is_email,
            &["a@b.co", " ada.l+tag@mail.example.org ", "jürgen@müller.de", "mailto:x@y.net"],
            &[
                "a@b",
                "a b@c.de",
                "@b.de",
                "a@",
                ".a@b.de",
                "a..b@c.de",
                "a@-b.de",
                "a@b.12",
                "a@b@c.de",
            ],
        );
    }

    #[test]
    fn urls() {
        check(
            is_url,
            &["https://example.org", "ftp://x/y?z", "www.example.org/a", "s3://bucket/key"],
            &["example.org", "http:/x", "https:// x", "://x", "www", "www.x y.de", "1a://b"],
        );
    }

    #[test]
    fn hostnames() {
        check(
            is_hostname,
            &["example.org", "a.b-c.example.co.uk", "web01.prod.internal", "EXAMPLE.COM"],
            &["report.pdf", "main.rs", "e.g.", "1.2.3", "example", "a b.org", "-a.org", "x.de"],
        );
    }

    #[test]
    fn addresses_of_machines() {
        check(
            is_ipv4,
            &["1.2.3.4", "10.0.0.0/8"],
            &["1.2.3", "256.1.1.1", "1.2.3.4/33", "1.2.3.4.5"],
        );
        check(
            is_ipv6,
            &["::1", "2001:db8::1", "fe80::1%eth0", "2001:db8::/32"],
            &["12:30:00", "1:2", "::g", "2001:db8::/129"],
        );
        check(
            is_mac_address,
            &["00:1b:44:11:3A:B7", "00-1B-44-11-3A-B7", "001b.4411.3ab7"],
            &["00:1b:44:11:3a", "00:1b:44:11:3a:zz", "001b44113ab7", "00:1b-44:11-3a:b7"],
        );
    }

    #[test]
    fn media_types() {
        check(
            is_media_type,
            &["text/plain", "application/vnd.api+json", "text/html; charset=utf-8"],
            &["and/or", "text/", "km/h", "1/2", "text"],
        );
    }
}
