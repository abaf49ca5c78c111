//! Tables for people: the first column begins on the left, the others end on the right.

use std::fmt::Write;

/// The lines, the first of which are headings, in columns as wide as they have to be.
pub(crate) fn aligned<const N: usize>(lines: &[[String; N]]) -> String {
    let width = |column: usize| {
        lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max()
    };
    let widths: Vec<usize> = (0..N).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for line in lines {
        let mut padded = String::new();
        for (column, (cell, &width)) in line.iter().zip(&widths).enumerate() {
            // Writing to a String does not fail.
            let _ = if column == 0 {
                write!(padded, "{cell:<width$}")
            } else {
                write!(padded, "  {cell:>width$}")
            };
        }
        text.push_str(padded.trim_end());
        text.push('\n');
    }
    text
}

/// A number with so many decimals, or a dash.
pub(crate) fn shown(value: Option<f64>, decimals: usize) -> String {
    value.map_or("-".to_owned(), |value| format!("{value:.decimals$}"))
}

/// Bytes as MiB.
pub(crate) fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / 1024.0 / 1024.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let lines = [["a", "b", ""], ["long one", "12", "x"]].map(|line| line.map(str::to_owned));
        assert_eq!(aligned(&lines), "a          b\nlong one  12  x\n");
        assert_eq!((shown(Some(0.456), 2), shown(None, 2)), ("0.46".to_owned(), "-".to_owned()));
    }
}
