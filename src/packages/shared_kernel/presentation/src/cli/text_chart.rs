//! Small charts made of block characters, for the terminal.

const EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A horizontal bar of at most `width` characters for a share of 0 to 1; a share above 0 shows
/// at least a sliver, and what is not finite shows nothing.
pub fn text_bar(share: f64, width: usize) -> String {
    if !share.is_finite() || share <= 0.0 {
        return String::new();
    }
    let eighths = ((share.min(1.0) * width as f64 * 8.0).round() as usize).max(1);
    let mut bar = "█".repeat(eighths / 8);
    if let Some(part) = (eighths % 8).checked_sub(1).and_then(|index| EIGHTHS.get(index)) {
        bar.push(*part);
    }
    bar
}

/// A histogram in one line, one character per bin; an empty bin is a space.
pub fn text_histogram(counts: &[u64]) -> String {
    let largest = counts.iter().copied().max().unwrap_or(0);
    counts
        .iter()
        .map(|&count| match count {
            0 => ' ',
            _ => level((count as f64) / (largest as f64)),
        })
        .collect()
}

/// A series in one line, one character per value, from its smallest to its largest; what is
/// missing or not finite is a space.
pub fn text_sparkline(values: &[Option<f64>]) -> String {
    let finite = |value: &Option<f64>| value.filter(|number| number.is_finite());
    let low = values.iter().filter_map(finite).fold(f64::INFINITY, f64::min);
    let high = values.iter().filter_map(finite).fold(f64::NEG_INFINITY, f64::max);
    values
        .iter()
        .map(|value| match finite(value) {
            None => ' ',
            Some(_) if high <= low => level(0.5),
            Some(number) => level((number - low) / (high - low)),
        })
        .collect()
}

fn level(share: f64) -> char {
    let index = (share * (LEVELS.len() - 1) as f64).round() as usize;
    LEVELS.get(index).copied().unwrap_or('█')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_grow_by_eighths_and_never_hide_something_small() {
        assert_eq!(text_bar(0.0, 10), "");
        assert_eq!(text_bar(f64::NAN, 10), "");
        assert_eq!(text_bar(0.0001, 10), "▏");
        assert_eq!(text_bar(0.5, 10), "█████");
        assert_eq!(text_bar(0.55, 10), "█████▌");
        assert_eq!(text_bar(7.0, 4), "████");
    }

    #[test]
    fn histograms_tell_empty_from_small() {
        assert_eq!(text_histogram(&[0, 1, 500, 1000]), " ▁▅█");
        assert_eq!(text_histogram(&[]), "");
        assert_eq!(text_histogram(&[0, 0]), "  ");
    }

    #[test]
    fn sparklines_leave_gaps() {
        assert_eq!(text_sparkline(&[Some(1.0), None, Some(8.0), Some(f64::NAN)]), "▁ █ ");
        assert_eq!(text_sparkline(&[Some(2.0), Some(2.0)]), "▅▅");
    }
}
