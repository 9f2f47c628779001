//! The layer table as text.

use std::fmt::Write;

use crate::domain::{
    architecture::{ArchSpec, BlockCost, LayerKind, LayerSpec},
    units::Count,
};

/// Columns of the table; the first two are words, the others are numbers and stand to the right.
const COLUMNS: usize = 8;
const WORDS: usize = 2;

const HEAD: [&str; COLUMNS] =
    ["layer", "kind", "kernel", "output", "parameters", "MACs", "standard", "ratio"];

const LEGEND: &str = "\
kernel: side×side/stride; output: height×width×channels; MACs: multiply-adds for one image.
standard: MACs of a standard convolution with the same kernel and shapes, Dk²·M·N·Df². A block's
line sets its two layers, Dk²·M·Df² + M·N·Df², against the one standard 3×3 convolution that they
replace: ratio = 1/N + 1/Dk² (M, N: channels in and out; Dk: side of the kernel; Df: of the output).";

type Row = [String; COLUMNS];

/// The table, the totals, and what the columns mean.
pub fn text(spec: &ArchSpec) -> String {
    let rows = rows(spec);
    let width = |column: usize| {
        rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()
    };
    let widths: [usize; COLUMNS] = std::array::from_fn(width);
    let mut text = String::new();
    for row in &rows {
        let cells = row.iter().zip(widths).enumerate().map(|(column, (cell, width))| {
            if column < WORDS { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        let line = cells.collect::<Vec<_>>().join("  ");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text + "\n" + &totals(spec) + "\n" + LEGEND
}

fn rows(spec: &ArchSpec) -> Vec<Row> {
    let mut blocks = spec.block_costs().into_iter();
    let mut rows = vec![HEAD.map(str::to_owned)];
    for layer in spec.layers() {
        rows.push(layer_row(&layer));
        if layer.kind == LayerKind::Pointwise {
            rows.extend(blocks.next().map(|block| block_row(&block)));
        }
    }
    rows
}

fn layer_row(layer: &LayerSpec) -> Row {
    let (side, channels) = (layer.out_side, layer.out_channels);
    let (macs, standard) = (layer.macs(), layer.standard_macs());
    [
        layer.name.clone(),
        layer.kind.label().to_owned(),
        format!("{0}×{0}/{1}", layer.kernel, layer.stride),
        format!("{side}×{side}×{channels}"),
        Count(layer.parameters()).to_string(),
        Count(macs).to_string(),
        Count(standard).to_string(),
        // Where nothing is computed, nothing can be saved.
        if standard == 0 { "-".to_owned() } else { ratio(macs as f64 / standard as f64) },
    ]
}

fn block_row(block: &BlockCost) -> Row {
    let (macs, standard) = (Count(block.macs).to_string(), Count(block.standard_macs).to_string());
    let (name, kind) = (format!("= {}", block.name), "separable".to_owned());
    let none = String::new;
    [name, kind, none(), none(), none(), macs, standard, ratio(block.ratio)]
}

fn totals(spec: &ArchSpec) -> String {
    let all = standard_total(spec);
    let mut text = String::new();
    let mut line = |what: &str, count: u64, rest: &str| {
        let (count, rest) = (Count(count), rest.trim_end());
        writeln!(text, "{}", format!("{what:<32}{count:>15}  {rest}").trim_end())
            .expect("a String takes everything");
    };
    line("trainable parameters", spec.parameters(), "");
    line("other numbers", spec.non_trainable(), "running means and variances");
    line("MACs", spec.macs(), "");
    let share = ratio(spec.macs() as f64 / all as f64);
    line("MACs, all convolutions standard", all, &format!("ratio {share}"));
    text
}

/// Multiply-adds of the network with a standard 3×3 convolution in place of each block.
fn standard_total(spec: &ArchSpec) -> u64 {
    let saved: u64 = spec.block_costs().iter().map(|block| block.standard_macs - block.macs).sum();
    spec.macs() + saved
}

fn ratio(share: f64) -> String {
    format!("{share:.4}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_fits_a_hundred_columns() {
        for (alpha, classes, resolution) in [(1.0, 10, 32), (0.25, 10, 32), (1.0, 1000, 224)] {
            let text = text(&ArchSpec { alpha, classes, resolution });
            let widest = text.lines().map(|line| line.chars().count()).max();
            assert!(widest <= Some(100), "{widest:?}\n{text}");
        }
    }

    #[test]
    fn each_block_has_a_line_of_its_own() {
        let text = text(&ArchSpec::with_classes(10));
        assert_eq!(text.lines().filter(|line| line.starts_with("= blocks.")).count(), 13);
        let first = text.lines().find(|line| line.starts_with("= blocks.0 ")).unwrap();
        assert!(first.ends_with("0.1267"), "{first}"); // 1/64 + 1/9
    }

    #[test]
    fn numbers_stand_below_each_other() {
        let text = text(&ArchSpec::with_classes(10));
        let table: Vec<&str> = text.lines().take_while(|line| !line.is_empty()).collect();
        assert_eq!(table.len(), 1 + 29 + 13);
        let widths: Vec<usize> = table.iter().map(|line| line.chars().count()).collect();
        assert!(widths.iter().all(|width| *width == widths[0]), "{widths:?}\n{text}");
    }
}
