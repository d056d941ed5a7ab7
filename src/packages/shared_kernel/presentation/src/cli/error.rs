use std::error::Error as _;
use std::fmt::Write as _;

use shared_kernel_domain::Error;

use crate::format::printable;

/// An error as the terminal shows it: one line of what, one of where, one of what to do, and when
/// `verbose` the chain of causes. Ends with a line break.
pub fn render_error(error: &Error, verbose: bool) -> String {
    let mut text = format!("error: {}\n", printable(error.what()));
    if let Some(location) = error.location() {
        let _ = writeln!(text, "  at: {}", printable(location));
    }
    if let Some(hint) = error.hint_text() {
        let _ = writeln!(text, "  try: {}", printable(hint));
    }
    if verbose {
        let mut cause = error.source();
        while let Some(current) = cause {
            let _ = writeln!(text, "  because: {}", printable(&current.to_string()));
            cause = current.source();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Error {
        let cause = Error::input("4 fields, expected 3")
            .caused_by(std::io::Error::other("stream ended\nearly"));
        Error::input("row 17 can't be read")
            .at("data/flights.csv, line 18")
            .hint("give the delimiter with --delimiter")
            .caused_by(cause)
    }

    #[test]
    fn an_error_is_what_where_and_what_to_do() {
        insta::assert_snapshot!(render_error(&sample(), false), @r"
        error: row 17 can't be read
          at: data/flights.csv, line 18
          try: give the delimiter with --delimiter
        ");
    }

    #[test]
    fn verbose_adds_every_cause_on_one_line_each() {
        insta::assert_snapshot!(render_error(&sample(), true), @r"
        error: row 17 can't be read
          at: data/flights.csv, line 18
          try: give the delimiter with --delimiter
          because: 4 fields, expected 3
          because: stream ended\nearly
        ");
    }

    #[test]
    fn control_codes_from_data_do_not_reach_the_terminal() {
        let text = render_error(&Error::usage("no column \u{1b}[2Jx\r\n"), false);
        assert_eq!(text, "error: no column \\u{1b}[2Jx\\r\\n\n");
    }
}
