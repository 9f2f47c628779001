//! Tensors drawn as solids, and convolutions as sums of them.

/// Rows of a drawn solid.
pub const ROWS: usize = 6;
/// The row in which operators stand.
const MIDDLE: usize = 3;

/// A part of a row of solids.
pub enum Part<'a> {
    /// A tensor with two lines on its face: side by side, and depth.
    Solid(&'a str, &'a str),
    /// Something between two of them.
    Word(&'a str),
}

/// The parts side by side.
pub fn row(parts: &[Part]) -> [String; ROWS] {
    let mut lines = [const { String::new() }; ROWS];
    for part in parts {
        let drawn = match part {
            Part::Solid(upper, lower) => solid(upper, lower),
            Part::Word(word) => {
                let blank = " ".repeat(word.chars().count());
                std::array::from_fn(
                    |row| if row == MIDDLE { (*word).to_owned() } else { blank.clone() },
                )
            }
        };
        for (line, drawn) in lines.iter_mut().zip(drawn) {
            line.push_str(&drawn);
        }
    }
    lines
}

/// A solid seen from above and the left.
fn solid(upper: &str, lower: &str) -> [String; ROWS] {
    let inside = upper.chars().count().max(lower.chars().count());
    let flat = "─".repeat(inside);
    let blank = " ".repeat(inside);
    [
        format!("  ┌{flat}┐"),
        format!(" ╱{blank}╱│"),
        format!("┌{flat}┐ │"),
        format!("│{upper:^inside$}│ │"),
        format!("│{lower:^inside$}│╱ "),
        format!("└{flat}┘  "),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_a_row_is_equally_wide() {
        let lines =
            row(&[Part::Solid("12×12", "×3"), Part::Word(" → "), Part::Solid("8×8", "×256")]);
        let widths: Vec<usize> = lines.iter().map(|line| line.chars().count()).collect();
        assert_eq!(widths, [20; ROWS]);
    }
}
