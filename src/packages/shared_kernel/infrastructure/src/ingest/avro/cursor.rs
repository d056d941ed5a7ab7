//! Avro's binary encoding of plain values (Avro 1.11 specification, "Binary encoding").

use super::container::Flaw;

/// A place in the bytes of a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Bytes that are still to be read.
    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    /// A variable-length zig-zag number: seven bits a byte, the lowest first.
    #[inline]
    pub(super) fn long(&mut self) -> Result<i64, Flaw> {
        let mut value = 0_u64;
        for (index, &byte) in self.rest.iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                if index == 9 && byte > 1 {
                    break;
                }
                self.rest = self.rest.get(index + 1..).unwrap_or_default();
                return Ok((value >> 1) as i64 ^ -((value & 1) as i64));
            }
        }
        Err(if self.rest.len() < 10 { ends() } else { "a number has more than 64 bits".into() })
    }

    /// A number of 32 bits, written as one of 64.
    pub(super) fn int(&mut self) -> Result<i32, Flaw> {
        i32::try_from(self.long()?).map_err(|_| "a number has more than 32 bits".into())
    }

    pub(super) fn boolean(&mut self) -> Result<bool, Flaw> {
        match self.take(1)? {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err("a truth value is neither 0 nor 1".into()),
        }
    }

    pub(super) fn float(&mut self) -> Result<f32, Flaw> {
        self.array().map(f32::from_le_bytes)
    }

    pub(super) fn double(&mut self) -> Result<f64, Flaw> {
        self.array().map(f64::from_le_bytes)
    }

    /// Bytes with their length before them.
    pub(super) fn bytes(&mut self) -> Result<&'a [u8], Flaw> {
        let length = self.long()?;
        self.take(usize::try_from(length).map_err(|_| "a negative length")?)
    }

    pub(super) fn text(&mut self) -> Result<&'a str, Flaw> {
        std::str::from_utf8(self.bytes()?).map_err(|_| "a text is not UTF-8".into())
    }

    /// So many bytes.
    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], Flaw> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(ends)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Flaw> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or_else(ends)?;
        self.rest = rest;
        Ok(*taken)
    }
}

fn ends() -> Flaw {
    "a record goes beyond the end of its block".into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The encoding of a number, as the specification has it.
    fn encoded(value: i64) -> Vec<u8> {
        let mut rest = ((value << 1) ^ (value >> 63)) as u64;
        let mut bytes = Vec::new();
        while rest >= 0x80 {
            bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        bytes.push(rest as u8);
        bytes
    }

    #[test]
    fn the_examples_of_the_specification_are_read() {
        for (value, bytes) in
            [(0, &[0x00][..]), (-1, &[0x01]), (1, &[0x02]), (-64, &[0x7f]), (64, &[0x80, 0x01])]
        {
            assert_eq!(Cursor::new(bytes).long().unwrap(), value);
        }
        assert_eq!(Cursor::new(b"\x06foo!").text().unwrap(), "foo");
    }

    #[test]
    fn what_is_not_there_is_an_error() {
        assert!(Cursor::new(&[0x80; 20]).long().is_err());
        assert!(Cursor::new(&[0x80]).long().is_err());
        assert!(Cursor::new(b"\x06fo").text().is_err());
        assert!(Cursor::new(b"\x01").bytes().is_err());
        assert!(Cursor::new(b"\x04\xff\xff").text().is_err());
        assert!(Cursor::new(&[2]).boolean().is_err());
        assert!(Cursor::new(&encoded(1 << 31)).int().is_err());
    }

    proptest! {
        #[test]
        fn every_number_reads_back(value in any::<i64>(), after in any::<u8>()) {
            let mut bytes = encoded(value);
            bytes.push(after);
            let mut cursor = Cursor::new(&bytes);
            prop_assert_eq!(cursor.long().unwrap(), value);
            prop_assert_eq!(cursor.left(), 1);
        }
    }
}
