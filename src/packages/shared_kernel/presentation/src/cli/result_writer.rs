use std::io::{self, Write};

/// Where results go. The composition root gives one for a file (a temporary file that `finish`
/// renames), [`StreamWriter`] is the one for standard output.
pub trait ResultWriter: Send {
    /// Writes a piece.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Makes what was written visible under its name; called once, after success only.
    fn finish(&mut self) -> io::Result<()>;
}

/// Writes results to a stream. A reader that went away (`pynomaly … | head`) is not an error.
pub struct StreamWriter<W> {
    stream: W,
    closed: bool,
}

impl<W: Write + Send> StreamWriter<W> {
    /// A writer to `stream`.
    pub fn new(stream: W) -> Self {
        Self { stream, closed: false }
    }

    fn attempt(&mut self, act: impl FnOnce(&mut W) -> io::Result<()>) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        match act(&mut self.stream) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            outcome => outcome,
        }
    }
}

impl<W: Write + Send> ResultWriter for StreamWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.attempt(|stream| stream.write_all(bytes))
    }

    fn finish(&mut self) -> io::Result<()> {
        self.attempt(Write::flush)
    }
}

#[cfg(test)]
mod tests {
    use shared_kernel_domain::ErrorKind;

    use super::*;
    use crate::cli::{Console, ConsoleSettings};

    /// A stream that takes `room` bytes and then fails.
    struct Narrow {
        room: usize,
        failure: io::ErrorKind,
    }

    impl Write for Narrow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.room == 0 {
                return Err(self.failure.into());
            }
            let taken = bytes.len().min(self.room);
            self.room -= taken;
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn console_on(failure: io::ErrorKind) -> Console {
        let writer = StreamWriter::new(Narrow { room: 4, failure });
        Console::new(ConsoleSettings::plain(), Box::new(writer), Box::new(io::sink()))
    }

    #[test]
    fn a_reader_that_went_away_is_no_error_but_a_full_disk_is() {
        let console = console_on(io::ErrorKind::BrokenPipe);
        console.result("longer than four").unwrap();
        console.result("more").unwrap();
        console.finish().unwrap();

        let error = console_on(io::ErrorKind::StorageFull).result("longer").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(error.location(), Some("standard output"));
    }
}
