use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Characters are counted in pages of so many neighbours.
const PAGE: usize = 256;

/// At most so many pages are kept, half a MiB; the characters of others are only summed up.
const MOST_PAGES: usize = 256;

/// How often each character (Unicode scalar value) occurs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Characters {
    pages: BTreeMap<u32, Vec<u64>>,
    uncounted: u64,
}

impl Characters {
    /// Nothing taken in yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Characters that occur, ascending, and how often.
    pub fn counts(&self) -> impl Iterator<Item = (char, u64)> + '_ {
        self.pages.iter().flat_map(|(&page, counts)| {
            let places = counts.iter().enumerate().filter(|&(_, &count)| count > 0);
            places.filter_map(move |(place, &count)| {
                Some((char::from_u32(page * PAGE as u32 + place as u32)?, count))
            })
        })
    }

    /// Characters that were not counted one by one, because there were too many different ones.
    pub fn uncounted(&self) -> u64 {
        self.uncounted
    }

    /// Takes in a text `count` times.
    pub(super) fn take(&mut self, text: &str, count: u64) {
        if text.is_ascii() {
            let Some(page) = self.page(0) else {
                self.uncounted += text.len() as u64 * count;
                return;
            };
            for &byte in text.as_bytes() {
                if let Some(known) = page.get_mut(usize::from(byte)) {
                    *known += count;
                }
            }
            return;
        }
        for character in text.chars() {
            self.add(u32::from(character), count);
        }
    }

    fn add(&mut self, character: u32, count: u64) {
        let place = character as usize % PAGE;
        match self.page(character / PAGE as u32).and_then(|page| page.get_mut(place)) {
            Some(known) => *known += count,
            None => self.uncounted += count,
        }
    }

    fn page(&mut self, page: u32) -> Option<&mut Vec<u64>> {
        if self.pages.len() >= MOST_PAGES && !self.pages.contains_key(&page) {
            return None;
        }
        Some(self.pages.entry(page).or_insert_with(|| vec![0; PAGE]))
    }

    pub(super) fn merge(&mut self, later: Self) {
        for (page, counts) in later.pages {
            match self.page(page) {
                Some(known) => {
                    for (known, count) in known.iter_mut().zip(counts) {
                        *known += count;
                    }
                }
                None => self.uncounted += counts.iter().sum::<u64>(),
            }
        }
        self.uncounted += later.uncounted;
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.pages.len() * PAGE * size_of::<u64>()
    }
}
