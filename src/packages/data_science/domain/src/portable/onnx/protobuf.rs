//! The wire format of Protocol Buffers, as far as ONNX files need it.

/// A message being written.
#[derive(Clone, Debug, Default)]
pub(super) struct Message {
    bytes: Vec<u8>,
}

impl Message {
    /// A number.
    pub(super) fn number(&mut self, field: u32, value: i64) -> &mut Self {
        self.key(field, 0);
        self.varint(value as u64);
        self
    }

    /// Bytes.
    pub(super) fn raw(&mut self, field: u32, bytes: &[u8]) -> &mut Self {
        self.key(field, 2);
        self.varint(bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// A text.
    pub(super) fn text(&mut self, field: u32, text: &str) -> &mut Self {
        self.raw(field, text.as_bytes())
    }

    /// A message within.
    pub(super) fn message(&mut self, field: u32, message: &Message) -> &mut Self {
        self.raw(field, &message.bytes)
    }

    /// What was written.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn key(&mut self, field: u32, kind: u32) {
        self.varint(u64::from(field << 3 | kind));
    }

    /// Seven bits a byte, the lowest first; the highest bit says that more follow.
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_those_of_the_encoding_guide() {
        // https://protobuf.dev/programming-guides/encoding
        let mut inner = Message::default();
        inner.number(1, 150);
        let mut outer = Message::default();
        outer.text(2, "testing").message(3, &inner);
        let expected = [&b"\x12\x07testing"[..], b"\x1a\x03\x08\x96\x01"].concat();
        assert_eq!(outer.into_bytes(), expected);
        let mut negative = Message::default();
        negative.number(20, -1);
        let expected = [&[0xa0, 0x01][..], &[0xff; 9], &[0x01]].concat();
        assert_eq!(negative.into_bytes(), expected);
    }
}
