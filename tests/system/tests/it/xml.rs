//! A strict reader of the XML that we write: no document type, no comments, no sections.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

/// An element of a document.
#[derive(Debug, Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) children: Vec<Element>,
    pub(crate) text: String,
}

impl Element {
    /// Reads a document; panics where it is not well-formed.
    pub(crate) fn read(document: &str) -> Self {
        let allowed = |it: char| matches!(it, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
        if let Some(bad) = document.chars().find(|character| !allowed(*character)) {
            panic!("{bad:?} is no character of XML");
        }
        let rest = document.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>").unwrap();
        let mut reader = Reader { rest: rest.trim().chars().peekable() };
        reader.expect('<');
        let root = reader.element();
        assert_eq!(reader.rest.next(), None, "something follows the document");
        root
    }
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
}

impl Reader<'_> {
    fn expect(&mut self, wanted: char) {
        assert_eq!(self.rest.next(), Some(wanted));
    }

    fn blanks(&mut self) {
        while self.rest.next_if(char::is_ascii_whitespace).is_some() {}
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(letter) = self.rest.next_if(|it| it.is_ascii_alphanumeric() || *it == '_') {
            name.push(letter);
        }
        assert!(!name.is_empty(), "a name is missing");
        name
    }

    /// An element whose `<` was read.
    fn element(&mut self) -> Element {
        let mut element = Element { name: self.name(), ..Element::default() };
        loop {
            self.blanks();
            match self.rest.peek() {
                Some('/') => {
                    self.expect('/');
                    self.expect('>');
                    return element;
                }
                Some('>') => break,
                _ => {
                    let name = self.name();
                    self.expect('=');
                    self.expect('"');
                    let value = self.text('"');
                    self.expect('"');
                    assert!(element.attributes.insert(name, value).is_none(), "given twice");
                }
            }
        }
        self.expect('>');
        loop {
            element.text.push_str(&self.text('<'));
            self.expect('<');
            if self.rest.next_if_eq(&'/').is_some() {
                assert_eq!(self.name(), element.name);
                self.expect('>');
                return element;
            }
            element.children.push(self.element());
        }
    }

    /// Text up to a character that ends it.
    fn text(&mut self, end: char) -> String {
        let mut text = String::new();
        while let Some(character) = self.rest.next_if(|it| *it != end) {
            assert_ne!(character, '<');
            if character != '&' {
                text.push(character);
                continue;
            }
            let name = self.name();
            self.expect(';');
            text.push(match name.as_str() {
                "amp" => '&',
                "lt" => '<',
                "gt" => '>',
                "quot" => '"',
                other => panic!("there is no entity {other}"),
            });
        }
        text
    }
}
