use crate::semantic::hash::hash_word;

/// Random numbers from a seed.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(hash_word(seed))
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(1);
        hash_word(self.0)
    }

    /// Below `limit`.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// From `least` to `most`.
    pub(super) fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most - least + 1)
    }

    pub(super) fn chance(&mut self, share: f64) -> bool {
        (self.next() >> 11) as f64 / ((1_u64 << 53) as f64) < share
    }

    pub(super) fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len() as u64) as usize]
    }

    /// `count` characters of an alphabet.
    pub(super) fn text(&mut self, alphabet: &str, count: usize) -> String {
        let alphabet: Vec<char> = alphabet.chars().collect();
        (0..count).map(|_| alphabet[self.below(alphabet.len() as u64) as usize]).collect()
    }

    /// A pattern filled in: `#` a digit, `^` one from 2 to 9, `?` an upper-case letter, `~` a
    /// lower-case one.
    pub(super) fn fill(&mut self, pattern: &str) -> String {
        pattern
            .chars()
            .map(|sign| match sign {
                '#' => char::from(b'0' + self.below(10) as u8),
                '^' => char::from(b'2' + self.below(8) as u8),
                '?' => char::from(b'A' + self.below(26) as u8),
                '~' => char::from(b'a' + self.below(26) as u8),
                other => other,
            })
            .collect()
    }
}
