//! What one look at a text tells, so that most matchers need no look of their own.

/// A text without white space around it, and what it is made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Glance<'a> {
    pub(super) text: &'a str,
    pub(super) digits: usize,
    pub(super) uppers: usize,
    pub(super) lowers: usize,
    /// Letters outside ASCII, in characters.
    pub(super) other_letters: usize,
    /// Which ASCII characters occur.
    seen: u128,
    is_ascii: bool,
}

impl<'a> Glance<'a> {
    pub(super) fn at(text: &'a str) -> Self {
        let text = text.trim();
        let mut glance = Self {
            text,
            digits: 0,
            uppers: 0,
            lowers: 0,
            other_letters: 0,
            seen: 0,
            is_ascii: true,
        };
        for byte in text.bytes() {
            if byte.is_ascii() {
                glance.seen |= 1 << byte;
                glance.digits += usize::from(byte.is_ascii_digit());
                glance.uppers += usize::from(byte.is_ascii_uppercase());
                glance.lowers += usize::from(byte.is_ascii_lowercase());
            } else {
                glance.is_ascii = false;
            }
        }
        if !glance.is_ascii {
            let letters =
                text.chars().filter(|letter| !letter.is_ascii() && letter.is_alphabetic());
            glance.other_letters = letters.count();
        }
        glance
    }

    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether an ASCII character occurs.
    pub(super) fn has(&self, character: u8) -> bool {
        self.seen >> (character & 127) & 1 == 1
    }

    /// Whether there is nothing but ASCII letters, digits and `marks`.
    pub(super) fn is_alphanumeric_or(&self, marks: &[u8]) -> bool {
        const ALPHANUMERIC: u128 = {
            let mut set = 0_u128;
            let mut byte = 0_u8;
            while byte < 128 {
                if byte.is_ascii_alphanumeric() {
                    set |= 1 << byte;
                }
                byte += 1;
            }
            set
        };
        let marks = marks.iter().fold(0_u128, |set, &mark| set | 1 << (mark & 127));
        self.is_ascii && self.seen & !(ALPHANUMERIC | marks) == 0
    }

    pub(super) fn letters(&self) -> usize {
        self.uppers + self.lowers
    }

    /// Whether there is nothing but digits.
    pub(super) fn is_digits(&self) -> bool {
        self.digits > 0 && self.digits == self.text.len()
    }

    /// Whether there is nothing but ASCII letters.
    pub(super) fn is_letters(&self) -> bool {
        self.letters() > 0 && self.letters() == self.text.len()
    }
}

/// Whether a text is some digits.
pub(super) fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text is some hexadecimal digits.
pub(super) fn all_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether a list that is sorted holds a word.
pub(super) fn is_listed(list: &[&str], word: &str) -> bool {
    list.binary_search(&word).is_ok()
}
