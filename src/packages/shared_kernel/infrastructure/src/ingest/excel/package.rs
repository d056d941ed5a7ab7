//! A workbook's package: looked through before anything is taken from it.
//!
//! A workbook is a ZIP archive, and a small one can unpack to more than any memory holds. Every
//! part is unpacked here once, to nowhere, which finds out how large it truly is and whether its
//! checksum is right. The reader of workbooks holds the shared texts and styles in memory, and at
//! worst one element of a sheet, so those parts may unpack to a share of the memory limit only.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};
use zip::ZipArchive;

use super::damaged;
use crate::engine::parts::cannot_open;
use crate::ingest::location::has_ending;
use crate::ingest::text::fill;

/// A part that is held in memory takes so many times its size, about.
const HELD: u64 = 4;
/// All parts together may unpack to so many times the memory limit: they are not all held.
const ALL_PARTS: u64 = 16;
const BUFFER: usize = 64 * 1024;

/// Refuses what is no workbook, what is damaged, and what would take more than `memory` bytes.
pub(super) fn check(
    path: &Path,
    name: &str,
    memory: u64,
    cancellation: &Cancellation,
) -> Result<()> {
    let file = File::open(path).map_err(|error| cannot_open(name, error))?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|e| damaged(name, e))?;
    check_is_workbook(&archive, name)?;
    let mut left = memory.saturating_mul(ALL_PARTS);
    for index in 0..archive.len() {
        // what cannot be opened here cannot be opened by the reader either
        let Ok(mut part) = archive.by_index(index) else { continue };
        let Ok(part_name) = part.name() else { continue };
        let part_name = part_name.to_lowercase().replace('\\', "/");
        let is_sheet = part_name.contains("worksheets/");
        let most = if is_sheet { memory } else { memory / HELD };
        let most = most.min(left);
        match unpacked(&mut part, most, cancellation)? {
            Ok(unpacked) if unpacked.size > most => return Err(too_large(name, is_sheet, memory)),
            Ok(unpacked) => {
                left -= unpacked.size;
                if unpacked.counts.largest > unpacked.size {
                    return Err(damaged(name, "it claims more texts than it has room for"));
                }
            }
            Err(error) if has_ending(Path::new(&part_name), &["xml", "rels"]) => {
                return Err(damaged(name, error));
            }
            // pictures and the like are nobody's concern
            Err(_) => {}
        }
    }
    Ok(())
}

fn check_is_workbook(archive: &ZipArchive<BufReader<File>>, name: &str) -> Result<()> {
    let has = |ending: &str| {
        archive.file_names().flatten().any(|part| part.to_lowercase().ends_with(ending))
    };
    if has("workbook.xml") {
        return Ok(());
    }
    let what = if has("workbook.bin") {
        "a binary Excel workbook (.xlsb)"
    } else if has("content.xml") && has("mimetype") {
        "an OpenDocument file"
    } else {
        "a ZIP archive without a workbook"
    };
    Err(Error::input(format!("{name} is {what}, which is not read"))
        .at(name)
        .hint("save the sheet as .xlsx or CSV, or unpack the archive"))
}

/// How a part came out of its compression.
#[derive(Default)]
struct Unpacked {
    /// Bytes, counted only up to one buffer beyond what is allowed.
    size: u64,
    counts: CountClaims,
}

/// Unpacks a part to nowhere, until more than `most` bytes came.
fn unpacked(
    part: &mut impl Read,
    most: u64,
    cancellation: &Cancellation,
) -> Result<std::io::Result<Unpacked>> {
    let mut buffer = vec![0; BUFFER];
    let mut unpacked = Unpacked::default();
    loop {
        cancellation.check()?;
        let count = match fill(part, &mut buffer) {
            Ok(count) => count,
            Err(error) => return Ok(Err(error)),
        };
        unpacked.counts.look(buffer.get(..count).unwrap_or_default());
        unpacked.size += count as u64;
        if count < buffer.len() || unpacked.size > most {
            return Ok(Ok(unpacked));
        }
    }
}

/// The largest number that follows the name of the attribute by which a part tells how many texts
/// it has: the reader makes room for so many at once.
#[derive(Default)]
struct CountClaims {
    /// Bytes of the name that were just seen.
    matched: usize,
    /// The number under way.
    number: Option<u64>,
    largest: u64,
}

impl CountClaims {
    const NAME: &[u8] = b"uniqueCount";

    fn look(&mut self, bytes: &[u8]) {
        // a text in UTF-16 has the same bytes with zeros between
        for &byte in bytes.iter().filter(|&&byte| byte != 0) {
            if self.matched < Self::NAME.len() {
                let expected = Self::NAME.get(self.matched) == Some(&byte);
                self.matched = if expected { self.matched + 1 } else { usize::from(byte == b'u') };
                continue;
            }
            let digit = char::from(byte).to_digit(10);
            match (digit, self.number) {
                (Some(digit), number) => {
                    let number = number.unwrap_or_default();
                    self.number = Some(number.saturating_mul(10).saturating_add(digit.into()));
                }
                (None, None) if matches!(byte, b'=' | b'"' | b'\'' | b'+') => {}
                (None, None) if byte.is_ascii_whitespace() => {}
                (None, _) => self.end(),
            }
        }
    }

    fn end(&mut self) {
        self.largest = self.largest.max(self.number.take().unwrap_or_default());
        self.matched = 0;
    }
}

fn too_large(name: &str, is_sheet: bool, memory: u64) -> Error {
    let part = if is_sheet { "a sheet" } else { "its texts, styles or other parts" };
    Error::input(format!(
        "{name} is too large to be read as a workbook: {part} would take more than the memory \
         limit of {} MiB allows",
        memory >> 20
    ))
    .at(name)
    .hint("save the sheet as CSV, or give more memory with --memory")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_found_however_they_are_written() {
        let largest = |text: &str, chunk: usize| {
            let mut claims = CountClaims::default();
            text.as_bytes().chunks(chunk).for_each(|bytes| claims.look(bytes));
            claims.largest
        };
        for chunk in [1, 3, 1_000] {
            assert_eq!(largest(r#"<sst count="9" uniqueCount="512">"#, chunk), 512);
            assert_eq!(largest("<sst uuniqueCount = '7' >", chunk), 7);
            assert_eq!(largest("<sst u\0niqueCou\0nt=\"\x001\x002\">", chunk), 12);
            assert_eq!(largest("uniqueCount=\"99999999999999999999999\"", chunk), u64::MAX);
            assert_eq!(largest("<sst uniqueCount=\"\"><si>5</si>", chunk), 0);
        }
    }
}
