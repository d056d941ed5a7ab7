//! What a column's name says about its role.

/// Last words of names that identify.
const IDENTIFYING: [&str; 16] = [
    "id",
    "key",
    "uuid",
    "guid",
    "code",
    "identifier",
    "identification",
    "pk",
    "oid",
    "rowid",
    "sku",
    "isbn",
    "ean",
    "iban",
    "vin",
    "zip",
];

/// Whether a column is named like an identifier: its last word is one of `id`, `key`, `uuid`,
/// `code`… (`customer_id`, `imdbID`, `Postal Code`, `uuid`).
pub fn identifies(column: &str) -> bool {
    last_word(column).is_some_and(|word| IDENTIFYING.contains(&word.as_str()))
}

/// The last word of `snake_case`, `camelCase` or spaced names, in lower case.
fn last_word(column: &str) -> Option<String> {
    let part =
        column.split(|letter: char| !letter.is_alphanumeric()).rfind(|part| !part.is_empty())?;
    let letters: Vec<char> = part.chars().collect();
    let begins = (1..letters.len())
        .rev()
        .find(|&at| letters[at].is_uppercase() && letters[at - 1].is_lowercase())
        .unwrap_or(0);
    Some(letters[begins..].iter().collect::<String>().to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::identifies;

    #[test]
    fn names_that_identify() {
        for name in [
            "id",
            "ID",
            "customer_id",
            "imdbID",
            "customerId",
            "Postal Code",
            "uuid",
            "order-key",
            "zip_code",
        ] {
            assert!(identifies(name), "{name}");
        }
    }

    #[test]
    fn names_that_do_not() {
        for name in ["", "paid", "idea", "carrier", "keyboard", "Id Card Holder", "grid", "__"] {
            assert!(!identifies(name), "{name}");
        }
    }
}
