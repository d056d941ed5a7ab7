//! Dates and times in texts: how they are written, and whether a text is.

use std::fmt;
use std::sync::Arc;

use shared_kernel_domain::summary::MONTHS;

/// Longest format, in characters.
const LONGEST: usize = 200;

const WEEKDAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// A way to write dates and times, in the letters of C's `strftime` (`%d.%m.%Y`) or in those of
/// Java's `DateTimeFormatter`, which the Open Data Contract Standard names (`dd.MM.yyyy`).
///
/// A text has it when it is written so from its first to its last character and is a real date
/// and time: no 30th of February, no 25th hour, no weekday that the date does not have. In letters
/// of C, numbers may lack their leading zeros, but for the year's, other letters may be capitals or not,
/// and a blank is any white space, as in Python. In letters of Java, two and more letters of a number
/// are as many digits, and one letter any; a blank is a blank. Names are English ones, in capitals or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeFormat {
    text: Arc<str>,
    parts: Arc<[Part]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// This character.
    Character(char),
    /// This character, or the same as a capital or small letter.
    AnyCase(char),
    /// White space, one character at least.
    Blank,
    /// A number of so many digits.
    Number(Field, usize, usize),
    /// The name of a month, whole or its first three letters.
    Month { whole: bool },
    /// The name of a day of the week, whole or its first three letters.
    Weekday { whole: bool },
    /// `AM` or `PM`.
    HalfDay,
    /// A difference from UTC, `+01:00`, `+0100`, or `Z`.
    Offset,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Year,
    YearOfCentury,
    Month,
    Day,
    DayOfYear,
    Hour,
    HourOfHalf,
    Minute,
    Second,
    Fraction,
}

impl TimeFormat {
    /// Reads a format; one with a `%` is in the letters of C.
    ///
    /// # Errors
    /// What is wrong with it, in a plain clause.
    pub fn new(text: &str) -> Result<Self, String> {
        if text.chars().count() > LONGEST {
            return Err(format!("a format has at most {LONGEST} characters"));
        }
        let parts = if text.contains('%') { of_c(text)? } else { of_java(text)? };
        let is_literal =
            |part: &Part| matches!(part, Part::Character(_) | Part::AnyCase(_) | Part::Blank);
        let said: Vec<&Part> = parts.iter().filter(|part| !is_literal(part)).collect();
        if said.is_empty() {
            return Err(format!("{text} says nothing of a date or time"));
        }
        let kind = |part: &Part| match part {
            Part::Number(field, ..) => (std::mem::discriminant(part), Some(*field)),
            part => (std::mem::discriminant(part), None),
        };
        if said
            .iter()
            .enumerate()
            .any(|(place, part)| said.iter().take(place).any(|earlier| kind(earlier) == kind(part)))
        {
            return Err(format!("{text} says the same part of a date or time twice"));
        }
        Ok(Self { text: text.into(), parts: parts.into() })
    }

    /// The format as it is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is that of days in ISO 8601.
    pub fn is_of_iso_dates(&self) -> bool {
        matches!(self.text(), "%Y-%m-%d" | "%F" | "yyyy-MM-dd" | "uuuu-MM-dd")
    }

    /// Whether a text is written so.
    pub fn is_of(&self, text: &str) -> bool {
        matched(&self.parts, Found::default(), text).is_some_and(Found::is_real)
    }
}

/// What a text says when all parts are there, from its first to its last character. Of numbers of
/// any length, the longest that leaves room for the rest is taken.
fn matched(parts: &[Part], found: Found, text: &str) -> Option<Found> {
    let Some((part, later)) = parts.split_first() else { return text.is_empty().then_some(found) };
    let Part::Number(field, least, most) = *part else {
        let (found, rest) = found.take(*part, text)?;
        return matched(later, found, rest);
    };
    let digits = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    (least..=digits).rev().find_map(|digits| {
        let (number, rest) = text.split_at_checked(digits)?;
        matched(later, found.noted(field, number.parse().ok()?)?, rest)
    })
}

impl fmt::Display for TimeFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

fn of_c(text: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character.is_whitespace() {
            if parts.last() != Some(&Part::Blank) {
                parts.push(Part::Blank);
            }
            continue;
        }
        if character != '%' {
            parts.push(Part::AnyCase(character));
            continue;
        }
        let letter = characters.next().ok_or("the format ends with a %")?;
        match letter {
            'T' => parts.extend(of_c("%H:%M:%S")?),
            'R' => parts.extend(of_c("%H:%M")?),
            'F' => parts.extend(of_c("%Y-%m-%d")?),
            'D' => parts.extend(of_c("%m/%d/%y")?),
            _ => parts.push(of_letter(letter)?),
        }
    }
    Ok(parts)
}

/// A letter behind a `%`, as Python's `strptime` reads it.
fn of_letter(letter: char) -> Result<Part, String> {
    Ok(match letter {
        'Y' => Part::Number(Field::Year, 4, 4),
        'y' => Part::Number(Field::YearOfCentury, 2, 2),
        'm' => Part::Number(Field::Month, 1, 2),
        'd' => Part::Number(Field::Day, 1, 2),
        'j' => Part::Number(Field::DayOfYear, 1, 3),
        'H' => Part::Number(Field::Hour, 1, 2),
        'I' => Part::Number(Field::HourOfHalf, 1, 2),
        'M' => Part::Number(Field::Minute, 1, 2),
        'S' => Part::Number(Field::Second, 1, 2),
        'f' => Part::Number(Field::Fraction, 1, 6),
        'b' | 'h' => Part::Month { whole: false },
        'B' => Part::Month { whole: true },
        'a' => Part::Weekday { whole: false },
        'A' => Part::Weekday { whole: true },
        'p' => Part::HalfDay,
        'z' => Part::Offset,
        '%' => Part::Character('%'),
        other => {
            return Err(format!(
                "%{other} is not known here; there are %Y %y %m %d %j %H %I %M %S %f %p %z %b %B %a %A"
            ));
        }
    })
}

fn of_java(text: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            let (literal, left) = quoted(rest)?;
            parts.extend(literal.chars().map(Part::Character));
            rest = left;
        } else if first.is_ascii_alphabetic() {
            let end = rest.find(|other| other != first).unwrap_or(rest.len());
            parts.push(of_letters(first, end)?);
            rest = rest.get(end..).unwrap_or_default();
        } else if matches!(first, '[' | ']' | '{' | '}' | '#') {
            return Err(format!(
                "{first} has a meaning of its own in formats, which is not known here"
            ));
        } else {
            parts.push(Part::Character(first));
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    Ok(parts)
}

/// A literal in single quotes, where two of them are one, and what follows it.
fn quoted(text: &str) -> Result<(String, &str), String> {
    let inner = text.get(1..).unwrap_or_default();
    let mut literal = String::new();
    let mut characters = inner.char_indices().peekable();
    while let Some((place, character)) = characters.next() {
        if character != '\'' {
            literal.push(character);
        } else if literal.is_empty() && place == 0 {
            return Ok(("'".to_owned(), inner.get(1..).unwrap_or_default()));
        } else if characters.next_if(|(_, next)| *next == '\'').is_some() {
            literal.push('\'');
        } else {
            return Ok((literal, inner.get(place + 1..).unwrap_or_default()));
        }
    }
    Err("a quote in the format does not end".to_owned())
}

/// So many of one letter, as Java's `DateTimeFormatter` reads them.
fn of_letters(letter: char, count: usize) -> Result<Part, String> {
    let number = |field, most| {
        let (least, most) = if count == 1 { (1, most) } else { (count, count) };
        Part::Number(field, least, most)
    };
    Ok(match (letter, count) {
        ('y' | 'u', 4) => Part::Number(Field::Year, 4, 4),
        ('y' | 'u', 2) => Part::Number(Field::YearOfCentury, 2, 2),
        ('M' | 'L', 1 | 2) => number(Field::Month, 2),
        ('M' | 'L', 3) => Part::Month { whole: false },
        ('M' | 'L', 4) => Part::Month { whole: true },
        ('d', 1 | 2) => number(Field::Day, 2),
        ('D', 1 | 3) => number(Field::DayOfYear, 3),
        ('E', 1..=3) => Part::Weekday { whole: false },
        ('E', 4) => Part::Weekday { whole: true },
        ('H', 1 | 2) => number(Field::Hour, 2),
        ('h', 1 | 2) => number(Field::HourOfHalf, 2),
        ('m', 1 | 2) => number(Field::Minute, 2),
        ('s', 1 | 2) => number(Field::Second, 2),
        ('S', 1..=9) => Part::Number(Field::Fraction, count, count),
        ('a', 1) => Part::HalfDay,
        ('X' | 'x' | 'Z', 1..=3) => Part::Offset,
        _ => {
            let letters: String = std::iter::repeat_n(letter, count).collect();
            return Err(format!(
                "{letters} is not known here; there are yyyy yy M MM MMM MMMM d dd D E EEEE H HH h hh m mm s ss S a X"
            ));
        }
    })
}

/// What a text says so far.
#[derive(Clone, Copy, Default)]
struct Found {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    day_of_year: Option<i16>,
    weekday: Option<i8>,
}

impl Found {
    /// What is known behind one part that is no number, and what is left of the text; `None` when
    /// the part is not there.
    fn take(mut self, part: Part, text: &str) -> Option<(Self, &str)> {
        let rest = match part {
            Part::Character(character) => text.strip_prefix(character)?,
            Part::AnyCase(character) => {
                text.strip_prefix(|first: char| first.eq_ignore_ascii_case(&character))?
            }
            Part::Blank => {
                let rest = text.trim_start();
                (rest.len() < text.len()).then_some(rest)?
            }
            Part::Month { whole } => {
                let (place, rest) = named(&MONTHS, whole, text)?;
                self.month = Some(place);
                rest
            }
            Part::Weekday { whole } => {
                let (place, rest) = named(&WEEKDAYS, whole, text)?;
                self.weekday = Some(place);
                rest
            }
            Part::HalfDay => {
                let (half, rest) = text.split_at_checked(2)?;
                ["am", "pm"].iter().any(|it| half.eq_ignore_ascii_case(it)).then_some(rest)?
            }
            Part::Offset => offset(text)?,
            Part::Number(..) => text,
        };
        Some((self, rest))
    }

    /// The same with a number, if it can be one of the field.
    fn noted(mut self, field: Field, number: u32) -> Option<Self> {
        let (least, most) = match field {
            Field::Year => (1, 9_999),
            Field::YearOfCentury => (0, 99),
            Field::Month | Field::HourOfHalf => (1, 12),
            Field::Day => (1, 31),
            Field::DayOfYear => (1, 366),
            Field::Hour => (0, 23),
            Field::Minute => (0, 59),
            // a leap second
            Field::Second => (0, 60),
            Field::Fraction => (0, u32::MAX),
        };
        let whole = i16::try_from(number).ok();
        match field {
            Field::Year => self.year = whole,
            // as POSIX has it: 1969 to 2068
            Field::YearOfCentury => {
                self.year = whole.map(|year| if year < 69 { 2_000 + year } else { 1_900 + year });
            }
            Field::Month => self.month = whole.and_then(|month| i8::try_from(month).ok()),
            Field::Day => self.day = whole.and_then(|day| i8::try_from(day).ok()),
            Field::DayOfYear => self.day_of_year = whole,
            _ => {}
        }
        (least..=most).contains(&number).then_some(self)
    }

    /// Whether there is such a day; without a year, in any.
    fn is_real(self) -> bool {
        // a leap year, where none is said
        let year = self.year.unwrap_or(2_000);
        if let Some(day) = self.day_of_year {
            let days =
                jiff::civil::Date::new(year, 1, 1).map_or(366, jiff::civil::Date::days_in_year);
            if day > days {
                return false;
            }
        }
        let Some(day) = self.day else { return true };
        let date = jiff::civil::Date::new(year, self.month.unwrap_or(1), day);
        match (date, self.weekday, self.year, self.month) {
            (Err(_), ..) => false,
            (Ok(date), Some(weekday), Some(_), Some(_)) => {
                date.weekday().to_monday_one_offset() == weekday
            }
            _ => true,
        }
    }
}

/// The place, from 1, of the name that a text begins with.
fn named<'a>(names: &[&str], whole: bool, text: &'a str) -> Option<(i8, &'a str)> {
    names.iter().zip(1..).find_map(|(name, place)| {
        let name = if whole { name } else { name.get(..3)? };
        let (begin, rest) = text.split_at_checked(name.len())?;
        begin.eq_ignore_ascii_case(name).then_some((place, rest))
    })
}

/// What is left behind `Z` or a difference from UTC of less than a day.
fn offset(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_prefix('Z') {
        return Some(rest);
    }
    let two = |text: &'_ str, most: u8| -> Option<usize> {
        let digits = text.get(..2).filter(|it| it.bytes().all(|byte| byte.is_ascii_digit()))?;
        digits.parse::<u8>().ok().filter(|number| *number <= most).map(|_| 2)
    };
    let rest = text.strip_prefix(['+', '-'])?;
    let rest = rest.get(two(rest, 23)?..)?;
    let minutes = rest.strip_prefix(':').unwrap_or(rest);
    minutes.get(two(minutes, 59)?..)
}

#[cfg(test)]
mod tests {
    use super::TimeFormat;

    fn is_of(format: &str, text: &str) -> bool {
        TimeFormat::new(format).unwrap().is_of(text)
    }

    #[test]
    fn texts_are_written_so_or_not() {
        for (format, right, wrong) in [
            ("%Y-%m-%d", "2013-01-31", "2013-02-30"),
            ("%Y-%m-%d", "2013-1-3", "13-01-03"),
            ("%d.%m.%Y", "29.02.2012", "29.02.2013"),
            ("%d.%m.%Y", "01.12.2013", "2013.12.01"),
            ("%m/%d/%y", "2/29/12", "02/29/2012"),
            ("%d %B %Y", "3 May 2013", "3 Mai 2013"),
            ("%a, %d %b %Y", "Thu, 31 Jan 2013", "Fri, 31 Jan 2013"),
            ("%Y%m%d", "20130131", "20131301"),
            ("%H:%M:%S", "23:59:60", "24:00:00"),
            ("%I:%M %p", "12:05 pm", "13:05 pm"),
            ("%Y-%m-%dT%H:%M:%S.%f", "2013-01-31T10:00:00.123456", "2013-01-31T10:00:00"),
            ("%Y-%m-%d %H:%M:%S%z", "2013-01-31 10:00:00+0100", "2013-01-31 10:00:00"),
            ("%FT%T%z", "2013-01-31T10:00:00Z", "2013-01-31T10:00:00+25:00"),
            ("%Y-%j", "2012-366", "2013-366"),
            ("100%% %Y", "100% 2013", "100%2013"),
            // as many digits as leave room for the rest
            ("%d%m", "131", "1"),
            ("%d%m%Y", "3112013", "003112013"),
            ("at %H", "AT 5", "at5"),
            ("yyyy-MM-dd", "2013-01-31", "2013-1-31"),
            ("d.M.yyyy", "31.1.2013", "31.1.13"),
            ("dd-MMM-yy", "31-Jan-13", "31-01-13"),
            (
                "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
                "2013-01-31T10:00:00.000+01:00",
                "2013-01-31 10:00:00.000Z",
            ),
            ("h 'o''clock' a", "5 o'clock PM", "5 oclock PM"),
            ("HHmm", "0517", "517"),
            ("yyyy", "2013", "2013 "),
        ] {
            assert!(is_of(format, right), "{right} is written as {format}");
            assert!(!is_of(format, wrong), "{wrong} is not written as {format}");
            assert!(!is_of(format, ""), "{format}");
        }
    }

    #[test]
    fn formats_that_are_none_are_told() {
        let wrong = |format: &str| TimeFormat::new(format).unwrap_err();
        assert_eq!(wrong("%"), "the format ends with a %");
        assert!(wrong("%Y-%Q").starts_with("%Q is not known here"));
        assert!(wrong("yyyyy-MM").starts_with("yyyyy is not known here"));
        assert!(wrong("date").starts_with("t is not known here"));
        assert!(wrong("%d %d").ends_with("twice"));
        assert_eq!(wrong("yyyy 'at"), "a quote in the format does not end");
        assert_eq!(wrong("--"), "-- says nothing of a date or time");
        assert_eq!(wrong("100%%"), "100%% says nothing of a date or time");
        assert!(wrong("[yyyy]").starts_with("[ has a meaning"));
        assert!(wrong(&"%Y".repeat(200)).starts_with("a format has at most"));
    }
}
