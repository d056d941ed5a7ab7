//! Whether a text is JSON (RFC 8259), of any depth, without building what it says.

/// Whether a text is one JSON value and nothing else but white space.
pub(super) fn is_json(text: &str) -> bool {
    let mut reader = Reader { bytes: text.as_bytes(), at: 0 };
    reader.document().is_some()
}

/// What a value stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    List,
    Record,
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn document(&mut self) -> Option<()> {
        let mut open: Vec<Within> = Vec::new();
        loop {
            // a value begins here
            self.skip_space();
            match self.peek()? {
                b'[' => {
                    self.at += 1;
                    open.push(Within::List);
                    self.skip_space();
                    if self.peek()? != b']' {
                        continue;
                    }
                }
                b'{' => {
                    self.at += 1;
                    open.push(Within::Record);
                    self.skip_space();
                    if self.peek()? != b'}' {
                        self.name()?;
                        continue;
                    }
                }
                _ => self.single()?,
            }
            // a value ends here, and perhaps what it stands in
            loop {
                self.skip_space();
                let Some(within) = open.last().copied() else {
                    return (self.at == self.bytes.len()).then_some(());
                };
                let end = if within == Within::List { b']' } else { b'}' };
                match self.next()? {
                    b',' if within == Within::List => break,
                    b',' => {
                        self.skip_space();
                        self.name()?;
                        break;
                    }
                    byte if byte == end => {
                        open.pop();
                    }
                    _ => return None,
                }
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|byte| b" \t\n\r".contains(&byte)) {
            self.at += 1;
        }
    }

    /// A text and the colon behind it.
    fn name(&mut self) -> Option<()> {
        self.text()?;
        self.skip_space();
        (self.next()? == b':').then_some(())
    }

    /// A value that holds no others.
    fn single(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => self.text(),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => self.number(),
        }
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        let found = self.bytes.get(self.at..self.at + word.len())? == word;
        self.at += word.len();
        found.then_some(())
    }

    fn text(&mut self) -> Option<()> {
        if self.next()? != b'"' {
            return None;
        }
        loop {
            match self.next()? {
                b'"' => return Some(()),
                b'\\' => match self.next()? {
                    b'u' => {
                        let digits = self.bytes.get(self.at..self.at + 4)?;
                        digits.iter().all(u8::is_ascii_hexdigit).then_some(())?;
                        self.at += 4;
                    }
                    byte if b"\"\\/bfnrt".contains(&byte) => {}
                    _ => return None,
                },
                byte if byte < 0x20 => return None,
                _ => {}
            }
        }
    }

    fn number(&mut self) -> Option<()> {
        if self.peek()? == b'-' {
            self.at += 1;
        }
        if self.peek()? == b'0' {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let from = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > from).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::is_json;

    #[test]
    fn texts_are_json_or_not() {
        let right = [
            "1",
            " -0.5e+3 ",
            "\"\"",
            "\"a\\u00e9\\n\"",
            "[]",
            "{}",
            "[1, [2], {\"a\": []}]",
            "null",
            "{\"a\": {\"b\": true}, \"c\": [false, \"é\"]}",
        ];
        let wrong = [
            "",
            " ",
            "01",
            "1.",
            "+1",
            "nul",
            "[1,]",
            "[",
            "]",
            "{\"a\"}",
            "{a: 1}",
            "{\"a\": 1,}",
            "\"a",
            "\"\\x\"",
            "\"\\u12g4\"",
            "1 2",
            "NaN",
            "'a'",
            "[1}",
            "\"a\tb\"",
            "-",
            "1e",
        ];
        for text in right {
            assert!(is_json(text), "{text}");
            assert!(serde_json::from_str::<serde_json::Value>(text).is_ok(), "{text}");
        }
        for text in wrong {
            assert!(!is_json(text), "{text}");
            assert!(serde_json::from_str::<serde_json::Value>(text).is_err(), "{text}");
        }
        let deep = "[".repeat(200_000) + &"]".repeat(200_000);
        assert!(is_json(&deep), "depth takes no stack");
    }

    proptest::proptest! {
        #[test]
        fn what_is_json_is_what_serde_takes(text in "[\\[\\]{}:,\"\\\\a0-2.eE+\\- ntrue]{0,14}") {
            let known = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
            proptest::prop_assert_eq!(is_json(&text), known, "{}", text);
        }
    }
}
