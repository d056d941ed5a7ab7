//! One table, rendered for the terminal, as Markdown or as HTML.

use std::fmt::Write as _;

use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, LineStyle,
    TableStyle, Width,
};

use crate::Tone;
use crate::cli::Palette;
use crate::format::{markdown_text, printable, shorten};
use crate::page::{Html, push_text};

/// Blanks between two columns.
const GAP: u16 = 2;
/// A column of text is not squeezed below this while an optional column could go instead.
const TEXT_WIDTH: u16 = 16;

/// How a column is shown.
#[derive(Clone, Debug)]
pub struct Column {
    title: String,
    right: bool,
    optional: bool,
}

impl Column {
    /// A column of text, aligned left; it wraps where there is little room.
    pub fn text(title: impl Into<String>) -> Self {
        Self { title: title.into(), right: false, optional: false }
    }

    /// A column of numbers, aligned right; it never wraps.
    pub fn number(title: impl Into<String>) -> Self {
        Self { title: title.into(), right: true, optional: false }
    }

    /// May be left out of a terminal that is too narrow; the last such column goes first.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }
}

/// A cell's text and what it means.
#[derive(Clone, Debug, Default)]
pub struct TableCell {
    text: String,
    tone: Tone,
}

impl TableCell {
    /// Text in the colours of `tone`.
    pub fn toned(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone }
    }
}

impl From<&str> for TableCell {
    fn from(text: &str) -> Self {
        Self::toned(text, Tone::Neutral)
    }
}

impl From<String> for TableCell {
    fn from(text: String) -> Self {
        Self::toned(text, Tone::Neutral)
    }
}

/// Rows under named columns.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<TableCell>>,
}

impl Table {
    /// An empty table.
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        Self { columns: columns.into_iter().collect(), rows: Vec::new() }
    }

    /// Adds a row: `table.row(["a".into(), count.into(), TableCell::toned("failed", Tone::Bad)])`.
    /// A row that is too short is filled up, one that is too long is cut.
    pub fn row(&mut self, cells: impl IntoIterator<Item = TableCell>) {
        let mut row: Vec<_> = cells.into_iter().collect();
        row.resize(self.columns.len(), TableCell::default());
        self.rows.push(row);
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table for a terminal of `width` characters, ending with a line break; columns left out
    /// for want of room are named below it.
    pub fn to_text(&self, width: usize, palette: Palette) -> String {
        let width = u16::try_from(width).unwrap_or(u16::MAX).max(20);
        let mut text_table = self.text_table(width, palette);
        let hidden = self.constrain(&mut text_table, width);
        let mut text = text_table.trim_fmt();
        text.push('\n');
        if !hidden.is_empty() {
            let names: Vec<&str> = hidden.iter().map(|column| column.title.as_str()).collect();
            let line = format!("not shown: {}", names.join(", "));
            text.push_str(&palette.paint(Tone::Muted, &shorten(&line, usize::from(width))));
            text.push('\n');
        }
        text
    }

    fn text_table(&self, width: u16, palette: Palette) -> comfy_table::Table {
        let mut table = comfy_table::Table::new();
        table
            .load_style(TableStyle::new().header_separator(LineStyle::none().fill('─')))
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width);
        if palette.colours() {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        table.set_header(
            self.columns
                .iter()
                .map(|column| Cell::new(printable(&column.title)).add_attribute(Attribute::Bold)),
        );
        for row in &self.rows {
            table.add_row(row.iter().map(text_cell));
        }
        for (index, column) in self.columns.iter().enumerate() {
            let Some(shown) = table.column_mut(index) else { continue };
            shown.set_padding((0, self.padding(index)));
            if column.right {
                shown.set_cell_alignment(CellAlignment::Right);
            }
        }
        table
    }

    /// Blanks behind a column.
    fn padding(&self, index: usize) -> u16 {
        if index + 1 == self.columns.len() { 0 } else { GAP }
    }

    /// Says which columns may shrink and hides optional ones until the rest fits.
    fn constrain(&self, table: &mut comfy_table::Table, width: u16) -> Vec<&Column> {
        let natural = table.column_max_content_widths();
        let needed = |index: usize, column: &Column| {
            let natural = natural.get(index).copied().unwrap_or(0);
            let least = if column.right { natural } else { natural.min(TEXT_WIDTH) };
            usize::from(least + self.padding(index))
        };
        let mut total: usize =
            self.columns.iter().enumerate().map(|(index, column)| needed(index, column)).sum();
        let room = usize::from(width);
        let mut hidden = Vec::new();
        for (index, column) in self.columns.iter().enumerate().rev() {
            let Some(shown) = table.column_mut(index) else { continue };
            if total > room && column.optional {
                total -= needed(index, column);
                shown.set_constraint(ColumnConstraint::Hidden);
                hidden.insert(0, column);
            }
        }
        for (index, column) in self.columns.iter().enumerate() {
            let Some(shown) = table.column_mut(index) else { continue };
            if shown.is_hidden() {
                continue;
            }
            if column.right {
                shown.set_constraint(ColumnConstraint::ContentWidth);
            } else if total <= room {
                let least = needed(index, column) as u16;
                shown.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least)));
            }
        }
        hidden
    }

    /// The table as Markdown, ending with a line break.
    pub fn to_markdown(&self) -> String {
        let mut text = String::from("|");
        for column in &self.columns {
            let _ = write!(text, " {} |", markdown_text(&column.title));
        }
        text.push_str("\n|");
        for column in &self.columns {
            text.push_str(if column.right { " ---: |" } else { " --- |" });
        }
        text.push('\n');
        for row in &self.rows {
            text.push('|');
            for cell in row {
                let _ = write!(text, " {} |", markdown_text(&cell.text));
            }
            text.push('\n');
        }
        text
    }

    /// The table as HTML, in a box that scrolls sideways when the page is narrow.
    pub fn to_html(&self, caption: &str) -> Html {
        let mut markup =
            String::from("<div class=\"scroll\" tabindex=\"0\"><table class=\"data\">");
        if !caption.is_empty() {
            element(&mut markup, "<caption>", caption, "</caption>");
        }
        markup.push_str("<thead><tr>");
        for column in &self.columns {
            let open =
                if column.right { "<th scope=\"col\" class=\"n\">" } else { "<th scope=\"col\">" };
            element(&mut markup, open, &column.title, "</th>");
        }
        markup.push_str("</tr></thead><tbody>");
        for row in &self.rows {
            markup.push_str("<tr>");
            for (cell, column) in row.iter().zip(&self.columns) {
                let open = if column.right { "<td class=\"n\">" } else { "<td>" };
                markup.push_str(open);
                if cell.tone == Tone::Neutral {
                    push_text(&mut markup, &cell.text);
                } else {
                    let open = format!("<span class=\"{}\">", cell.tone.class());
                    element(&mut markup, &open, &cell.text, "</span>");
                }
                markup.push_str("</td>");
            }
            markup.push_str("</tr>");
        }
        markup.push_str("</tbody></table></div>");
        Html::trusted(markup)
    }
}

fn element(markup: &mut String, open: &str, text: &str, close: &str) {
    markup.push_str(open);
    push_text(markup, text);
    markup.push_str(close);
}

fn text_cell(cell: &TableCell) -> Cell {
    let shown = Cell::new(printable(&cell.text));
    match cell.tone {
        Tone::Neutral => shown,
        Tone::Strong => shown.add_attribute(Attribute::Bold),
        Tone::Muted => shown.add_attribute(Attribute::Dim),
        Tone::Good => shown.fg(Color::DarkGreen),
        Tone::Warning => shown.fg(Color::DarkYellow),
        Tone::Bad => shown.fg(Color::DarkRed).add_attribute(Attribute::Bold),
        Tone::NotEvaluated => shown.fg(Color::DarkCyan),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Table {
        let mut table = Table::new([
            Column::text("column"),
            Column::text("type").optional(),
            Column::number("missing"),
            Column::number("distinct").optional(),
            Column::text("verdict"),
        ]);
        table.row([
            "dep_delay".into(),
            "integer".into(),
            "2.5 %".into(),
            "527".into(),
            TableCell::toned("passed", Tone::Good),
        ]);
        table.row([
            "a|b <script>\u{1b}[2J".into(),
            "text".into(),
            "100 %".into(),
            "1,234,567".into(),
            TableCell::toned("failed: every value is missing, as before", Tone::Bad),
        ]);
        table
    }

    #[test]
    fn numbers_stand_right_and_text_left() {
        insta::assert_snapshot!(sample().to_text(100, Palette::default()));
    }

    #[test]
    fn a_narrow_terminal_loses_optional_columns_by_name_and_wraps_text() {
        insta::assert_snapshot!(sample().to_text(44, Palette::default()));
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for width in 40..130 {
            for line in sample().to_text(width, Palette::default()).lines() {
                assert!(line.chars().count() <= width, "{width}: {line}");
            }
        }
    }

    #[test]
    fn colours_are_codes_only_where_wanted() {
        assert!(!sample().to_text(80, Palette::default()).contains('\u{1b}'));
        assert!(sample().to_text(80, Palette::new(true)).contains("\u{1b}[38;5;2mpassed"));
    }

    #[test]
    fn markdown_and_html_neutralise_what_is_in_cells() {
        insta::assert_snapshot!(sample().to_markdown());
        insta::assert_snapshot!(sample().to_html("All <columns>"));
    }
}
