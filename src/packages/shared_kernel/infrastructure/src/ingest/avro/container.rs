//! The frame of an Avro object container file: a header with schema and codec, then blocks of
//! records, each packed by the codec and closed by the file's sync marker
//! (Avro 1.11 specification, "Object Container Files").

use std::fmt::Display;
use std::io::Read;

use super::cursor::Cursor;

/// Bytes of the header's metadata together.
const LARGEST_HEADER: usize = 64 << 20;
/// Records without a single byte that a block may hold: a column of nulls needs no bytes at all.
const MOST_EMPTY_RECORDS: u64 = 1 << 24;

/// What stops the reading of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// The bytes are not what the format says.
    Damage(String),
    /// The file may be right, but this part of the format is not read.
    Unsupported(String),
}

impl From<&str> for Flaw {
    fn from(reason: &str) -> Self {
        Self::Damage(reason.to_owned())
    }
}

impl From<String> for Flaw {
    fn from(reason: String) -> Self {
        Self::Damage(reason)
    }
}

/// How blocks are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Codec {
    Null,
    Deflate,
    Snappy,
    Zstandard,
}

impl Codec {
    fn named(name: &[u8]) -> Result<Self, Flaw> {
        match name {
            b"" | b"null" => Ok(Self::Null),
            b"deflate" => Ok(Self::Deflate),
            b"snappy" => Ok(Self::Snappy),
            b"zstandard" => Ok(Self::Zstandard),
            other => Err(Flaw::Unsupported(format!(
                "its blocks are packed with {}; what is read is null, deflate, snappy and zstandard",
                String::from_utf8_lossy(other)
            ))),
        }
    }
}

/// Records of a block, one after the other, without compression.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) records: u64,
    pub(super) bytes: Vec<u8>,
}

/// A container file that is read block by block.
pub(super) struct Container<R> {
    input: R,
    /// Bytes read so far.
    position: u64,
    blocks: u64,
    /// Bytes of the largest block, packed or not.
    largest_block: usize,
    codec: Codec,
    sync: [u8; 16],
    /// The JSON text of the schema.
    pub(super) schema: Vec<u8>,
}

impl<R: Read> Container<R> {
    /// Reads the header.
    pub(super) fn open(input: R, largest_block: usize) -> Result<Self, Flaw> {
        let mut container = Self {
            input,
            position: 0,
            blocks: 0,
            largest_block,
            codec: Codec::Null,
            sync: [0; 16],
            schema: Vec::new(),
        };
        let magic: [u8; 4] = container.array()?;
        if magic != *b"Obj\x01" {
            return Err("it does not begin as an Avro file".into());
        }
        container.read_metadata()?;
        container.sync = container.array()?;
        Ok(container)
    }

    /// Bytes read so far.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// The number of the block that was read last, from 1.
    pub(super) fn block_number(&self) -> u64 {
        self.blocks
    }

    fn read_metadata(&mut self) -> Result<(), Flaw> {
        let mut left = LARGEST_HEADER;
        loop {
            let count = self.long()?;
            if count == 0 {
                break;
            }
            if count < 0 {
                self.long()?; // the size of the map's block in bytes
            }
            for _ in 0..count.unsigned_abs() {
                let key = self.sized(left)?;
                let value = self.sized(left)?;
                // an entry takes at least its two lengths
                left = left
                    .checked_sub(key.len() + value.len() + 2)
                    .ok_or("the header is larger than any header should be")?;
                match key.as_slice() {
                    b"avro.schema" => self.schema = value,
                    b"avro.codec" => self.codec = Codec::named(&value)?,
                    _ => {}
                }
            }
        }
        if self.schema.is_empty() {
            return Err("the header has no schema".into());
        }
        Ok(())
    }

    /// The next block; `None` at the end of the file.
    pub(super) fn next_block(&mut self) -> Result<Option<Block>, Flaw> {
        let mut first = [0];
        if self.fill(&mut first)? == 0 {
            return Ok(None);
        }
        self.blocks += 1;
        let records = self.long_from(first[0])?;
        let records = u64::try_from(records).map_err(|_| "a block has a negative count")?;
        let packed = self.sized(self.largest_block)?;
        let sync: [u8; 16] = self.array()?;
        if sync != self.sync {
            return Err("a block does not end with the file's sync marker".into());
        }
        let bytes = self.unpack(packed)?;
        if records > bytes.len() as u64 + MOST_EMPTY_RECORDS {
            return Err(format!("{records} records cannot lie in {} bytes", bytes.len()).into());
        }
        Ok(Some(Block { records, bytes }))
    }

    fn unpack(&self, packed: Vec<u8>) -> Result<Vec<u8>, Flaw> {
        match self.codec {
            Codec::Null => Ok(packed),
            Codec::Deflate => self.limited(flate2::bufread::DeflateDecoder::new(packed.as_slice())),
            Codec::Zstandard => {
                let decoder = zstd::Decoder::new(packed.as_slice()).map_err(cannot_unpack)?;
                self.limited(decoder)
            }
            Codec::Snappy => self.unpack_snappy(&packed),
        }
    }

    /// Snappy blocks are followed by the big-endian CRC-32 of what they unpack to.
    fn unpack_snappy(&self, packed: &[u8]) -> Result<Vec<u8>, Flaw> {
        let (packed, checksum) = packed.split_last_chunk::<4>().ok_or("a block has no checksum")?;
        let length = snap::raw::decompress_len(packed).map_err(cannot_unpack)?;
        if length > self.largest_block {
            return Err(self.too_large());
        }
        let bytes = snap::raw::Decoder::new().decompress_vec(packed).map_err(cannot_unpack)?;
        let mut crc = flate2::Crc::new();
        crc.update(&bytes);
        if crc.sum() != u32::from_be_bytes(*checksum) {
            return Err("the checksum of a block is wrong".into());
        }
        Ok(bytes)
    }

    fn limited(&self, unpacking: impl Read) -> Result<Vec<u8>, Flaw> {
        let mut bytes = Vec::new();
        unpacking
            .take(self.largest_block as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(cannot_unpack)?;
        if bytes.len() > self.largest_block { Err(self.too_large()) } else { Ok(bytes) }
    }

    fn too_large(&self) -> Flaw {
        Flaw::Unsupported(format!(
            "a block has more than {} MiB, which is more than the memory limit allows; \
             write the file with smaller blocks, or give more memory with --memory",
            self.largest_block >> 20
        ))
    }

    /// Bytes with their length before them.
    fn sized(&mut self, most: usize) -> Result<Vec<u8>, Flaw> {
        let length = self.long()?;
        let length = usize::try_from(length).map_err(|_| "a negative length")?;
        // what the file does not hold is not reserved
        let mut bytes = Vec::new();
        let wanted = length.min(most.saturating_add(1)) as u64;
        let read = (&mut self.input).take(wanted).read_to_end(&mut bytes).map_err(cannot_read)?;
        self.position += read as u64;
        if (read as u64) < wanted {
            return Err(cut_off());
        }
        if length > most { Err(self.too_large()) } else { Ok(bytes) }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Flaw> {
        let mut bytes = [0; N];
        if self.fill(&mut bytes)? < N { Err(cut_off()) } else { Ok(bytes) }
    }

    fn long(&mut self) -> Result<i64, Flaw> {
        let [first] = self.array()?;
        self.long_from(first)
    }

    /// A variable-length zig-zag number whose first byte is already read.
    fn long_from(&mut self, first: u8) -> Result<i64, Flaw> {
        let mut bytes = vec![first];
        while bytes.last().is_some_and(|byte| byte & 0x80 != 0) && bytes.len() < 10 {
            bytes.extend(self.array::<1>()?);
        }
        Cursor::new(&bytes).long()
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, Flaw> {
        let count = crate::ingest::text::fill(&mut self.input, buffer).map_err(cannot_read)?;
        self.position += count as u64;
        Ok(count)
    }
}

fn cut_off() -> Flaw {
    "the file is cut off".into()
}

fn cannot_read(error: std::io::Error) -> Flaw {
    format!("it could not be read: {error}").into()
}

fn cannot_unpack(error: impl Display) -> Flaw {
    format!("a block could not be unpacked: {error}").into()
}
