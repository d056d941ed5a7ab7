use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Palette;
use crate::Tone;
use crate::format;

/// Between two pictures of a spinner.
const TICK: Duration = Duration::from_millis(100);

/// Live progress of the steps of a command, one line each, on standard error. Clones share it.
///
/// `let step = console.progress().step("read flights.csv"); … step.bytes(read, total); …
/// step.done("336,776 rows")`
#[derive(Clone)]
pub struct Progress(Arc<Shared>);

struct Shared {
    live: bool,
    palette: Palette,
    screen: Mutex<Screen>,
}

/// The lines on the screen that may still change.
struct Screen {
    lines: MultiProgress,
    steps: Vec<ProgressBar>,
}

impl Screen {
    fn new(live: bool) -> Self {
        let target = if live { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self { lines: MultiProgress::with_draw_target(target), steps: Vec::new() }
    }
}

impl Progress {
    /// Progress that draws only when `live`.
    pub(super) fn new(live: bool, palette: Palette) -> Self {
        Self(Arc::new(Shared { live, palette, screen: Mutex::new(Screen::new(live)) }))
    }

    /// Progress that draws nothing.
    pub fn hidden() -> Self {
        Self::new(false, Palette::default())
    }

    /// Begins a step: a line with its name, a spinner and the time it takes. `name` should fit 24
    /// characters.
    pub fn step(&self, name: &str) -> Step {
        let mut screen = self.screen();
        let bar = screen.lines.add(ProgressBar::no_length());
        bar.set_style(style("{spinner} {prefix:24!} {elapsed:>7}  {wide_msg}"));
        bar.set_prefix(format::printable(name).into_owned());
        if self.0.live {
            bar.enable_steady_tick(TICK);
        }
        screen.steps.push(bar.clone());
        Step { bar, palette: self.0.palette }
    }

    /// Writes something else: above the lines while a step goes on, else below them, and they
    /// stay as they are.
    pub(super) fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        if !self.0.live {
            return write();
        }
        let mut screen = self.screen();
        if screen.steps.iter().any(|bar| !bar.is_finished()) {
            return screen.lines.suspend(write);
        }
        *screen = Screen::new(true);
        write()
    }

    fn screen(&self) -> MutexGuard<'_, Screen> {
        self.0.screen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One step that is going on. Dropping it without `done`, `failed` or `skipped` takes its line
/// away.
pub struct Step {
    bar: ProgressBar,
    palette: Palette,
}

impl Step {
    /// Bytes read so far, and of how many when known: shows a bar and the time left.
    pub fn bytes(&self, done: u64, total: Option<u64>) {
        match total {
            Some(total) if self.bar.length() != Some(total) => {
                self.bar.set_length(total);
                self.bar.set_style(
                    style(
                        "{spinner} {prefix:24!} {elapsed:>7}  {bar:12} {percent:>3} % of \
                         {binary_total_bytes}, {eta} left",
                    )
                    .progress_chars("━╸ "),
                );
            }
            Some(_) => {}
            None => self.message(&format::bytes(done)),
        }
        self.bar.set_position(done);
    }

    /// Rows read so far.
    pub fn rows(&self, rows: u64) {
        self.message(&format::plural(rows, "row", "rows"));
    }

    /// What is going on right now, in a few words.
    pub fn message(&self, text: &str) {
        self.bar.set_message(format::printable(text).into_owned());
    }

    /// Ends the step well: a tick, the time, and `note` if there is something to say.
    pub fn done(self, note: &str) {
        self.end(Tone::Good, "✓", note);
    }

    /// Ends the step badly: a cross, the time, and why.
    pub fn failed(self, note: &str) {
        self.end(Tone::Bad, "✗", note);
    }

    /// Ends a step that had nothing to do: a dash, and why.
    pub fn skipped(self, note: &str) {
        self.end(Tone::Muted, "–", note);
    }

    fn end(&self, tone: Tone, mark: &str, note: &str) {
        let mark = self.palette.paint(tone, mark);
        let time = format::duration(self.bar.elapsed());
        self.bar.set_style(style(&format!("{mark} {{prefix:24!}} {{wide_msg}}")));
        self.bar.finish_with_message(format!("{time:>7}  {}", format::printable(note)));
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if !self.bar.is_finished() {
            self.bar.finish_and_clear();
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_understood() {
        let progress = Progress::hidden();
        let step = progress.step("read");
        step.rows(12);
        assert_eq!(step.bar.message(), "12 rows");
        step.bytes(5, None);
        assert_eq!(step.bar.message(), "5 B");
        step.bytes(10, Some(100));
        assert_eq!((step.bar.position(), step.bar.length()), (10, Some(100)));
        let bar = step.bar.clone();
        step.done("all \u{1b}[2J read");
        assert!(bar.is_finished());
        assert!(bar.message().ends_with("ms  all \\u{1b}[2J read"), "{}", bar.message());
    }

    #[test]
    fn a_step_that_is_dropped_ends() {
        let progress = Progress::hidden();
        let step = progress.step("read");
        let bar = step.bar.clone();
        drop(step);
        assert!(bar.is_finished());
    }
}
