//! Text in any encoding and compression, read as UTF-8.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use shared_kernel_domain::Result;

use crate::engine::parts::cannot_open;

const CHUNK: usize = 256 * 1024;

/// Compression around a text file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextCompression {
    None,
    Gzip,
    Zstandard,
}

impl TextCompression {
    /// As its first bytes tell.
    pub(super) fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstandard,
            _ => Self::None,
        }
    }

    /// The name that evidence gives.
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Gzip => Some("gzip"),
            Self::Zstandard => Some("zstd"),
        }
    }
}

/// Opens a file and undoes its compression. `bytes_read` follows the compressed bytes.
pub(super) fn open_raw(
    path: &Path,
    compression: TextCompression,
    bytes_read: &Arc<AtomicU64>,
) -> Result<Box<dyn Read + Send>> {
    let location = path.display().to_string();
    let file = File::open(path).map_err(|error| cannot_open(&location, error))?;
    let counted = Counted { file, bytes_read: Arc::clone(bytes_read) };
    Ok(match compression {
        TextCompression::None => Box::new(counted),
        TextCompression::Gzip => {
            Box::new(flate2::bufread::MultiGzDecoder::new(BufReader::with_capacity(CHUNK, counted)))
        }
        TextCompression::Zstandard => {
            Box::new(zstd::Decoder::new(counted).map_err(|error| cannot_open(&location, error))?)
        }
    })
}

/// A file that counts what is read of it.
struct Counted {
    file: File,
    bytes_read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.bytes_read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// What the whole text showed about its encoding.
#[derive(Clone, Copy, Debug)]
pub(super) struct TextEncoding {
    pub(super) encoding: &'static Encoding,
    /// Bytes of the byte order mark.
    pub(super) mark: usize,
    /// Another encoding that is about as likely.
    pub(super) rival: Option<&'static Encoding>,
}

impl TextEncoding {
    fn sure(encoding: &'static Encoding, mark: usize) -> Self {
        Self { encoding, mark, rival: None }
    }
}

/// Finds the encoding by reading the whole text once: nothing less can tell that a file of plain
/// ASCII does not hold one Latin-1 name in its last row. Validation runs at memory speed.
pub(super) fn detect_encoding(mut text: impl Read) -> std::io::Result<TextEncoding> {
    let mut chunk = vec![0; CHUNK];
    let mut filled = fill(&mut text, &mut chunk)?;
    if let Some((encoding, mark)) = Encoding::for_bom(&chunk[..filled]) {
        return Ok(TextEncoding::sure(encoding, mark));
    }
    if let Some(encoding) = utf16_without_mark(&chunk[..filled]) {
        return Ok(TextEncoding::sure(encoding, 0));
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let mut tally = Utf8Tally::default();
    loop {
        let bytes = &chunk[..filled];
        let last = filled < chunk.len();
        let counted = tally.count(bytes, last);
        if !bytes.is_ascii() {
            detector.feed(&bytes[..counted], false);
        }
        if last {
            break;
        }
        chunk.copy_within(counted..filled, 0);
        let carried = filled - counted;
        filled = carried + fill(&mut text, &mut chunk[carried..])?;
    }
    if tally.is_utf8() {
        return Ok(TextEncoding::sure(UTF_8, 0));
    }
    detector.feed(&[], true);
    let encoding = detector.guess(None, Utf8Detection::Deny);
    // what a reader in western Europe would see; little text often allows both
    let western = detector.guess(Some(b"de"), Utf8Detection::Deny);
    Ok(TextEncoding { encoding, mark: 0, rival: (western != encoding).then_some(western) })
}

/// Counts sequences that are and are not UTF-8.
#[derive(Default)]
struct Utf8Tally {
    valid: u64,
    invalid: u64,
}

impl Utf8Tally {
    /// Counts a chunk; returns how many bytes were counted (an unfinished character stays over).
    fn count(&mut self, chunk: &[u8], last: bool) -> usize {
        let mut done = 0;
        while let Some(rest) = chunk.get(done..).filter(|rest| !rest.is_empty()) {
            match std::str::from_utf8(rest) {
                Ok(valid) => {
                    self.count_valid(valid.as_bytes());
                    return chunk.len();
                }
                Err(error) => {
                    self.count_valid(&rest[..error.valid_up_to()]);
                    done += error.valid_up_to();
                    match error.error_len() {
                        Some(len) => {
                            self.invalid += 1;
                            done += len;
                        }
                        None if last => {
                            self.invalid += 1;
                            return chunk.len();
                        }
                        None => return done,
                    }
                }
            }
        }
        done
    }

    fn count_valid(&mut self, valid: &[u8]) {
        if !valid.is_ascii() {
            self.valid += valid.iter().filter(|&&byte| byte >= 0xc0).count() as u64;
        }
    }

    /// Few broken sequences among many whole ones are damage, not another encoding.
    fn is_utf8(&self) -> bool {
        self.invalid == 0 || self.valid >= 10 * self.invalid
    }
}

/// Latin text in UTF-16 has a zero in every other byte.
fn utf16_without_mark(head: &[u8]) -> Option<&'static Encoding> {
    let head = &head[..head.len().min(1_024) & !1];
    if head.len() < 4 {
        return None;
    }
    let zeros = |offset: usize| head.iter().skip(offset).step_by(2).filter(|&&b| b == 0).count();
    let pairs = head.len() / 2;
    match (zeros(0), zeros(1)) {
        (0, odd) if odd * 10 >= pairs * 9 => Some(UTF_16LE),
        (even, 0) if even * 10 >= pairs * 9 => Some(UTF_16BE),
        _ => None,
    }
}

/// Reads until the buffer is full or the end.
pub(super) fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match reader.read(rest) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// The text as UTF-8, without a byte order mark. UTF-8 passes through as it is, so that broken
/// bytes stay where they are; what another encoding cannot mean becomes U+FFFD.
pub(super) fn decoded(
    mut raw: Box<dyn Read + Send>,
    encoding: TextEncoding,
) -> std::io::Result<Box<dyn Read + Send>> {
    let mut mark = vec![0; encoding.mark];
    fill(&mut raw, &mut mark)?;
    if encoding.encoding == UTF_8 {
        return Ok(raw);
    }
    Ok(Box::new(Transcoded {
        raw,
        decoder: encoding.encoding.new_decoder_without_bom_handling(),
        input: vec![0; CHUNK],
        input_range: 0..0,
        output: vec![0; CHUNK],
        output_range: 0..0,
        ended: false,
    }))
}

/// Decodes as it reads.
struct Transcoded {
    raw: Box<dyn Read + Send>,
    decoder: Decoder,
    input: Vec<u8>,
    input_range: std::ops::Range<usize>,
    output: Vec<u8>,
    output_range: std::ops::Range<usize>,
    ended: bool,
}

impl Transcoded {
    /// Decodes until there is output or the end.
    fn refill(&mut self) -> std::io::Result<()> {
        while self.output_range.is_empty() && !self.ended {
            if self.input_range.is_empty() {
                let count = fill(&mut self.raw, &mut self.input)?;
                self.input_range = 0..count;
            }
            let last = self.input_range.end < self.input.len();
            let input = &self.input[self.input_range.clone()];
            let (result, read, written, _) =
                self.decoder.decode_to_utf8(input, &mut self.output, last);
            self.input_range.start += read;
            self.output_range = 0..written;
            self.ended = last && result == CoderResult::InputEmpty;
        }
        Ok(())
    }
}

impl Read for Transcoded {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.refill()?;
        let count = buffer.len().min(self.output_range.len());
        let start = self.output_range.start;
        buffer[..count].copy_from_slice(&self.output[start..start + count]);
        self.output_range.start += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(text: &[u8]) -> &'static str {
        detect_encoding(text).unwrap().encoding.name()
    }

    fn decode(text: &[u8]) -> String {
        let encoding = detect_encoding(text).unwrap();
        let mut decoded = decoded(Box::new(std::io::Cursor::new(text.to_vec())), encoding).unwrap();
        let mut bytes = Vec::new();
        decoded.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    #[test]
    fn encodings_are_found() {
        assert_eq!(name(b"a,b\n1,2\n"), "UTF-8");
        assert_eq!(name("id,city\n1,Málaga\n".as_bytes()), "UTF-8");
        assert_eq!(name(b"id,city\n1,M\xe1laga\n2,S\xe3o Paulo\n"), "windows-1252");
        assert_eq!(decode(b"\xef\xbb\xbfid\n1\n"), "id\n1\n");
        assert_eq!(decode(b"\xff\xfea\0,\0\xe9\0\n\0"), "a,é\n");
        assert_eq!(decode(b"a\0,\0b\0\n\x001\0,\x002\0\n\0"), "a,b\n1,2\n");
        assert_eq!(decode(b"\x93quoted\x94 \x96 dash,\x805"), "“quoted” – dash,€5");
    }

    #[test]
    fn one_broken_byte_does_not_make_utf8_another_encoding() {
        let mut text = "äöü".repeat(20).into_bytes();
        text.push(0xff);
        assert_eq!(name(&text), "UTF-8");
    }

    #[test]
    fn a_foreign_byte_far_into_a_file_of_ascii_counts() {
        let mut text = b"name\n".to_vec();
        text.resize(2 * CHUNK + 17, b'x');
        text.extend_from_slice(b"\nM\xe1laga\n");
        assert_ne!(name(&text), "UTF-8");
        assert!(decode(&text).ends_with("\nMálaga\n"));
    }

    #[test]
    fn little_text_may_leave_a_rival() {
        assert!(detect_encoding(&b"M\xe1laga"[..]).unwrap().rival.is_some());
        assert!(detect_encoding(&b"Malaga"[..]).unwrap().rival.is_none());
    }

    #[test]
    fn a_character_across_two_chunks_is_whole() {
        let mut text = vec![b'x'; CHUNK - 1];
        text.extend_from_slice("é".repeat(CHUNK).as_bytes());
        assert_eq!(name(&text), "UTF-8");
    }

    proptest! {
        #[test]
        fn any_bytes_decode_to_something(text in prop::collection::vec(any::<u8>(), 0..300)) {
            decode(&text);
        }
    }
}
