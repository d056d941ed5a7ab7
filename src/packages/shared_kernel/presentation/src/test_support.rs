//! What tests of markup share.

/// Panics unless tags are balanced, attributes are quoted and `&` begins an entity, as XML asks.
pub(crate) fn assert_well_formed(markup: &str) {
    let mut open: Vec<String> = Vec::new();
    let mut rest = markup;
    while let Some(start) = rest.find('<') {
        assert_text(&rest[..start]);
        let end = rest[start..].find('>').expect("a tag ends") + start;
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "in {markup}");
            continue;
        }
        let name: String = tag.chars().take_while(char::is_ascii_alphanumeric).collect();
        assert!(!name.is_empty(), "a tag has a name: <{tag}>");
        assert_eq!(tag.matches('"').count() % 2, 0, "quotes are balanced: <{tag}>");
        for piece in tag[name.len()..].trim_end_matches('/').split('"').step_by(2) {
            let bare = piece.trim();
            assert!(bare.is_empty() || bare.ends_with('='), "attributes are quoted: <{tag}>");
        }
        if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert_text(rest);
    assert!(open.is_empty(), "left open: {open:?}");
}

fn assert_text(text: &str) {
    for (index, _) in text.match_indices('&') {
        let entity = text[index + 1..].split(';').next().unwrap_or_default();
        let known = ["amp", "lt", "gt", "quot"].contains(&entity) || entity.starts_with('#');
        assert!(known, "not an entity: &{entity}");
    }
    assert!(!text.contains('>'), "a bare > in {text}");
}
