//! The report as a table for people.

use crate::{
    domain::units::{Bytes, Percent},
    train::bench::{LayerReport, Pace, Reached, Report},
};

/// Columns of the table; the first is a word, the others are numbers and stand to the right.
const COLUMNS: usize = 12;
/// Where a group of columns begins, and what it is called.
const GROUPS: [(usize, &str); 2] = [(2, "forward"), (7, "backward, or update")];

const HEAD: [&str; COLUMNS] = [
    "layer", "lost", "ms", "bound", "share", "GFLOP/s", "GB/s", "ms", "bound", "share", "GFLOP/s",
    "GB/s",
];

type Row = [String; COLUMNS];

/// A time with what it was spent on.
type Part = (f64, Reached);

/// Throughput, peaks, and the layers, those first that lose the most time against their bounds.
pub fn text(report: &Report) -> String {
    let Report { device, engine, alpha, resolution: side, batch_size, .. } = report;
    let (train, infer) = (&report.train, &report.infer);
    let mut lines = vec![
        format!("{device}, {engine} operations, alpha {alpha}, {side}×{side}"),
        String::new(),
        "            batch  images/s   p50 ms   p90 ms   p99 ms  bound ms    share  GFLOP/s  of peak"
            .to_owned(),
        pace("training", *batch_size, report.train_images_per_s, train),
        pace("inference", report.infer_batch_size, report.infer_images_per_s, infer),
        String::new(),
    ];
    lines.extend(machine(report));
    lines.push(String::new());
    lines.extend(table(report));
    lines.push(String::new());
    lines.extend(legend(report));
    lines.join("\n")
}

fn pace(what: &str, images: usize, images_per_s: f64, pace: &Pace) -> String {
    let Pace { p50_ms, p90_ms, p99_ms, reached, peak_share } = pace;
    let [p50, p90, p99, bound] = [*p50_ms, *p90_ms, *p99_ms, reached.bound_ms].map(short);
    let (share, of_peak) = (Percent(reached.share), Percent(*peak_share));
    format!(
        "{what:<10} {images:>6} {images_per_s:>9.1} {p50:>8} {p90:>8} {p99:>8} {bound:>9} \
         {share:>8} {:>8.1} {of_peak:>8}",
        reached.gflops
    )
}

fn machine(report: &Report) -> [String; 2] {
    let Report { peak_gflops, peak_gb_per_s, cache_gb_per_s, cache_bytes, .. } = report;
    let cache = Bytes(*cache_bytes);
    let memory = report.peak_memory_bytes.map_or("unknown".to_owned(), |b| Bytes(b).to_string());
    [
        format!(
            "peak       {peak_gflops:.1} GFLOP/s (matrix product), {peak_gb_per_s:.1} GB/s (copy), \
             {cache_gb_per_s:.1} GB/s (in {cache} of cache)"
        ),
        format!("memory     {memory} held at most by the end of training"),
    ]
}

fn table(report: &Report) -> Vec<String> {
    let mut rows = vec![HEAD.map(str::to_owned)];
    rows.extend(sorted(report));
    let width = |column: usize| {
        rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()
    };
    let widths: [usize; COLUMNS] = std::array::from_fn(width);
    let mut lines = vec![groups(widths)];
    lines.extend(rows.iter().map(|row| {
        let cells = row.iter().zip(widths).enumerate().map(|(column, (cell, width))| {
            if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        cells.enumerate().map(|(column, cell)| gap(column) + &cell).collect::<String>()
    }));
    lines
}

/// The names of the groups above their first columns.
fn groups(widths: [usize; COLUMNS]) -> String {
    let mut line = String::new();
    for (column, name) in GROUPS {
        let before: usize = (0..column).map(|c| gap(c).len() + widths[c]).sum();
        let start = before + gap(column).len();
        line = format!("{line:<start$}{name}");
    }
    line
}

/// What stands before a column; groups are set apart.
fn gap(column: usize) -> String {
    let begins_group = GROUPS.iter().any(|(first, _)| *first == column);
    " ".repeat(if column == 0 { 0 } else { 1 + usize::from(begins_group) })
}

/// The rows of the layers and of the update by the time that they lose, then the total.
fn sorted(report: &Report) -> Vec<Row> {
    let Report { optimizer, total, .. } = report;
    let mut rows: Vec<(f64, Row)> = report.layers.iter().map(layer_row).collect();
    let update = (optimizer.ms, optimizer.reached);
    rows.push(row("optimizer", None, update));
    rows.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let second = together((total.backward_ms, total.backward), update);
    rows.push(row("total", Some((total.forward_ms, total.forward)), second));
    rows.into_iter().map(|(_, row)| row).collect()
}

fn layer_row(layer: &LayerReport) -> (f64, Row) {
    let forward = (layer.forward_ms, layer.forward);
    row(&layer.name, Some(forward), (layer.backward_ms, layer.backward))
}

/// The row with the time that is lost.
fn row(name: &str, forward: Option<Part>, second: Part) -> (f64, Row) {
    let lost: f64 = forward.iter().chain([&second]).map(|(ms, part)| ms - part.bound_ms).sum();
    let [a, b, c, d, e] = forward.map_or_else(Default::default, cells);
    let [v, w, x, y, z] = cells(second);
    (lost, [name.to_owned(), short(lost), a, b, c, d, e, v, w, x, y, z])
}

fn cells((ms, part): Part) -> [String; 5] {
    let share = format!("{:.0} %", part.share * 100.0);
    [short(ms), short(part.bound_ms), share, short(part.gflops), short(part.gb_per_s)]
}

/// Two parts as one.
fn together((a_ms, a): Part, (b_ms, b): Part) -> Part {
    let ms = a_ms + b_ms;
    let bound_ms = a.bound_ms + b.bound_ms;
    let reached = Reached {
        gflops: (a.gflops * a_ms + b.gflops * b_ms) / ms,
        gb_per_s: (a.gb_per_s * a_ms + b.gb_per_s * b_ms) / ms,
        bound_ms,
        share: bound_ms / ms,
    };
    (ms, reached)
}

fn legend(report: &Report) -> [String; 4] {
    let Report { train, cache_bytes, layers_method, .. } = report;
    let (share, cache) = (Percent(train.reached.share), Bytes(*cache_bytes));
    let (bound, step) = (short(train.reached.bound_ms), short(train.p50_ms));
    [
        format!("A training step reaches {share} of its roofline: {bound} of {step} ms."),
        format!(
            "bound: the larger of FLOPs/peak and bytes/bandwidth, in ms; {cache} a pass at the cache's"
        ),
        "lost: ms above the bounds, forward and backward; GB/s: of the bytes that have to be moved."
            .to_owned(),
        format!("Layers: medians over some steps; {layers_method}."),
    ]
}

/// Three digits that tell, for columns of numbers of one unit.
fn short(value: f64) -> String {
    match value.abs() {
        v if v < 1.0 => format!("{value:.3}"),
        v if v < 10.0 => format!("{value:.2}"),
        v if v < 100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::bench::OptimizerReport;

    fn reached(bound_ms: f64, ms: f64) -> Part {
        (ms, Reached { gflops: 1234.5, gb_per_s: 123.4, bound_ms, share: bound_ms / ms })
    }

    fn layer(name: &str, bound_ms: f64, ms: f64) -> LayerReport {
        let (ms, part) = reached(bound_ms, ms);
        let name = name.to_owned();
        LayerReport { name, forward_ms: ms, backward_ms: ms, forward: part, backward: part }
    }

    fn report() -> Report {
        let (ms, part) = reached(100.0, 400.0);
        let pace = Pace { p50_ms: ms, p90_ms: ms, p99_ms: ms, reached: part, peak_share: 0.125 };
        let layers = vec![layer("stem", 1.0, 2.0), layer("blocks.12.depthwise", 10.0, 1234.5)];
        Report {
            device: "cpu (AVX-512, 64 threads)".to_owned(),
            engine: "own",
            alpha: 0.25,
            resolution: 224,
            batch_size: 65_536,
            infer_batch_size: 65_536,
            train_images_per_s: 123_456.7,
            infer_images_per_s: 123_456.7,
            train: pace,
            infer: pace,
            peak_gflops: 12_345.6,
            peak_gb_per_s: 1234.5,
            cache_gb_per_s: 1234.5,
            cache_bytes: 32 << 20,
            peak_memory_bytes: None,
            layers,
            layers_method: "device synchronised after each layer, forward and backward".to_owned(),
            optimizer: OptimizerReport { ms: 100.0, reached: reached(40.0, 100.0).1 },
            total: layer("total", 11.0, 1236.5),
        }
    }

    #[test]
    fn the_table_fits_a_hundred_columns() {
        let text = text(&report());
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(100), "{widest:?}\n{text}");
    }

    #[test]
    fn the_worst_layer_stands_first_and_the_total_last() {
        let names: Vec<String> = sorted(&report()).into_iter().map(|[name, ..]| name).collect();
        assert_eq!(names, ["blocks.12.depthwise", "optimizer", "stem", "total"]);
    }

    #[test]
    fn the_total_has_the_update_in_it() {
        let rows = sorted(&report());
        let total = rows.last().unwrap();
        // 2 · (1236.5 − 11) of the layers and 100 − 40 of the update.
        assert_eq!(total[1], "2511");
        assert_eq!((total[7].as_str(), total[8].as_str()), ("1336", "51.0"));
    }
}
