use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use shared_kernel_domain::{Error, Result};

use super::arguments::choose_format;
use super::{
    ConsoleSettings, Format, Palette, Progress, ResultWriter, StreamWriter, Verbosity, render_error,
};
use crate::Tone;
use crate::format::printable_lines;

/// Where a command's words go: results to standard output or a file, all else to standard error.
pub struct Console {
    settings: ConsoleSettings,
    results: Mutex<Box<dyn ResultWriter>>,
    notes: Mutex<Box<dyn Write + Send>>,
    progress: Progress,
}

impl Console {
    /// A console that writes results and notes to these.
    pub fn new(
        settings: ConsoleSettings,
        results: Box<dyn ResultWriter>,
        notes: Box<dyn Write + Send>,
    ) -> Self {
        let live = settings.notes.terminal && settings.verbosity > Verbosity::Quiet;
        let progress = Progress::new(live, Palette::new(settings.notes.colour));
        Self { settings, results: Mutex::new(results), notes: Mutex::new(notes), progress }
    }

    /// A console on standard output and standard error.
    pub fn standard(settings: ConsoleSettings) -> Self {
        Self::new(settings, Box::new(StreamWriter::new(io::stdout())), Box::new(io::stderr()))
    }

    /// A console for tests, and what was written to it.
    pub fn captured(settings: ConsoleSettings) -> (Self, Captured) {
        let captured = Captured::default();
        let results = StreamWriter::new(captured.results.clone());
        let console = Self::new(settings, Box::new(results), Box::new(captured.notes.clone()));
        (console, captured)
    }

    /// The format to write: the one asked for, else the one that the ending of `--output` stands
    /// for, else the first of `supported`. A usage error when the one asked for is not supported.
    pub fn format(&self, supported: &[Format]) -> Result<Format> {
        choose_format(self.settings.format, self.settings.output.as_deref(), supported)
    }

    /// The same for results that are files of another tool, whose own endings mean nothing here: the
    /// format asked for, else the first of `supported`.
    pub fn format_asked(&self, supported: &[Format]) -> Result<Format> {
        choose_format(self.settings.format, None, supported)
    }

    /// The file that results go to, when it is not standard output.
    pub fn output(&self) -> Option<&Path> {
        self.settings.output.as_deref()
    }

    /// Characters per line of results.
    pub fn width(&self) -> usize {
        self.settings.results.width
    }

    /// The colours of results.
    pub fn palette(&self) -> Palette {
        Palette::new(self.settings.results.colour)
    }

    /// How much is said.
    pub fn verbosity(&self) -> Verbosity {
        self.settings.verbosity
    }

    /// Live progress on standard error; draws nothing where nobody looks.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Writes (a piece of) the result, as it is; rendered text ends with its own line break.
    pub fn result(&self, text: &str) -> Result<()> {
        self.result_bytes(text.as_bytes())
    }

    /// Writes (a piece of) a result that is not text.
    pub fn result_bytes(&self, bytes: &[u8]) -> Result<()> {
        self.progress.suspend(|| lock(&self.results).write(bytes)).map_err(|cause| self.lost(cause))
    }

    /// Says something worth knowing, unless quiet.
    pub fn note(&self, text: &str) {
        if self.settings.verbosity > Verbosity::Quiet {
            self.say(&printable_lines(text));
        }
    }

    /// Says something that must not go unseen, quiet or not.
    pub fn notice(&self, text: &str) {
        self.say(&printable_lines(text));
    }

    /// Says something only a curious user wants to know: with `--verbose`.
    pub fn detail(&self, text: &str) {
        if self.settings.verbosity == Verbosity::Verbose {
            self.say(&printable_lines(text));
        }
    }

    /// Says something that the user should act on, unless quiet.
    pub fn warning(&self, text: &str) {
        if self.settings.verbosity > Verbosity::Quiet {
            let palette = Palette::new(self.settings.notes.colour);
            self.say(&format!(
                "{} {}",
                palette.paint(Tone::Warning, "warning:"),
                printable_lines(text)
            ));
        }
    }

    /// Says what went wrong, always.
    pub fn error(&self, error: &Error) {
        let text = render_error(error, self.settings.verbosity == Verbosity::Verbose);
        let word = Palette::new(self.settings.notes.colour).paint(Tone::Bad, "error:");
        self.say(&text.replacen("error:", &word, 1));
    }

    /// Makes the result visible under its name. Call it once, when the command has succeeded; a
    /// result that is not finished leaves an existing file as it was.
    pub fn finish(&self) -> Result<()> {
        lock(&self.results).finish().map_err(|cause| self.lost(cause))
    }

    fn say(&self, text: &str) {
        let line = text.trim_end_matches('\n');
        // nobody is left to tell when standard error itself can't be written
        let _ = self.progress.suspend(|| writeln!(lock(&self.notes), "{line}"));
    }

    fn lost(&self, cause: io::Error) -> Error {
        let place = match &self.settings.output {
            Some(path) => path.display().to_string(),
            None => "standard output".to_owned(),
        };
        Error::unavailable("the result could not be written")
            .at(place)
            .hint("check that the place exists, may be written and has room")
            .caused_by(cause)
    }
}

/// What a test's console was told.
#[derive(Clone, Default)]
pub struct Captured {
    results: SharedBuffer,
    notes: SharedBuffer,
}

impl Captured {
    /// The results so far.
    pub fn results(&self) -> String {
        self.results.text()
    }

    /// Notes, warnings and errors so far.
    pub fn notes(&self) -> String {
        self.notes.text()
    }
}

#[derive(Clone, Default)]
struct SharedBuffer(Arc<Mutex<Vec<u8>>>);

impl SharedBuffer {
    fn text(&self) -> String {
        String::from_utf8_lossy(&lock(&self.0)).into_owned()
    }
}

impl Write for SharedBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        lock(&self.0).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A panic elsewhere leaves at worst half a line behind, so a poisoned lock is taken all the same.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Surface;

    #[test]
    fn results_and_notes_do_not_mix() {
        let (console, captured) = Console::captured(ConsoleSettings::plain());
        console.result("a result\n").unwrap();
        console.note("a note\n");
        console.detail("a detail");
        console.warning("a warning");
        console.error(&Error::usage("no such thing").hint("look again"));
        console.finish().unwrap();
        assert_eq!(captured.results(), "a result\n");
        assert_eq!(
            captured.notes(),
            "a note\nwarning: a warning\nerror: no such thing\n  try: look again\n"
        );
    }

    #[test]
    fn quiet_leaves_results_and_errors_and_verbose_adds_details() {
        let settings = |verbosity| ConsoleSettings { verbosity, ..ConsoleSettings::plain() };
        let (console, captured) = Console::captured(settings(Verbosity::Quiet));
        console.note("a note");
        console.warning("a warning");
        console.error(&Error::usage("no such thing"));
        assert_eq!(captured.notes(), "error: no such thing\n");
        let (console, captured) = Console::captured(settings(Verbosity::Verbose));
        console.detail("a detail");
        console.error(&Error::usage("a").caused_by(io::Error::other("b")));
        assert_eq!(captured.notes(), "a detail\nerror: a\n  because: b\n");
    }

    #[test]
    fn notes_lose_control_codes_and_gain_colours_only_on_a_terminal() {
        let notes = Surface { colour: true, ..Surface::PLAIN };
        let (console, captured) =
            Console::captured(ConsoleSettings { notes, ..ConsoleSettings::plain() });
        console.warning("a\u{1b}[2Jb");
        assert_eq!(captured.notes(), "\u{1b}[33mwarning:\u{1b}[0m a\\u{1b}[2Jb\n");
    }
}
