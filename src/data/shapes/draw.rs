//! Shapes by their distance functions, painted on a small canvas.
//!
//! # Source
//! Distance functions in two dimensions after Inigo Quilez, <https://iquilezles.org/articles>.

/// Side of a picture in pixels.
pub(super) const SIDE: usize = 32;

/// Something to paint, within the unit circle around its centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Figure {
    Circle,
    Square,
    Triangle,
    Diamond,
    Cross,
    Ring,
    Star,
    Hexagon,
    Crescent,
    Stripes,
    /// Clutter, no class.
    Dot,
    /// Clutter, no class.
    Bar,
}

impl Figure {
    /// The classes by label, with their names.
    #[rustfmt::skip] // a table
    pub(super) const CLASSES: [(&'static str, Self); 10] = [
        ("circle", Self::Circle), ("square", Self::Square), ("triangle", Self::Triangle),
        ("diamond", Self::Diamond), ("cross", Self::Cross), ("ring", Self::Ring),
        ("star", Self::Star), ("hexagon", Self::Hexagon), ("crescent", Self::Crescent),
        ("stripes", Self::Stripes),
    ];

    /// Distance of (x, y) from the outline in units of the radius: negative inside. It may be too
    /// small outside, where nobody asks for more than its sign and its last pixel.
    fn distance(self, x: f32, y: f32) -> f32 {
        let (ax, ay) = (x.abs(), y.abs());
        let rectangle = |half_width: f32, half_height: f32| (ax - half_width).max(ay - half_height);
        let from_centre = || (x * x + y * y).sqrt();
        match self {
            Self::Circle => from_centre() - 0.85,
            Self::Square => rectangle(0.7, 0.7),
            Self::Triangle => (0.866 * ax - 0.5 * y).max(y) - 0.5,
            Self::Diamond => 0.88 * ax + 0.475 * ay - 0.475,
            Self::Cross => rectangle(0.95, 0.28).min(rectangle(0.28, 0.95)),
            Self::Ring => (from_centre() - 0.7).abs() - 0.2,
            Self::Star => star(x, y),
            Self::Hexagon => (0.866 * ax + 0.5 * ay).max(ay) - 0.82,
            Self::Crescent => (from_centre() - 0.9).max(0.75 - (x - 0.45).hypot(y)),
            Self::Stripes => ((ay - 0.6).abs().min(ay) - 0.17).max(ax - 0.62),
            Self::Dot => from_centre() - 0.4,
            Self::Bar => rectangle(1.0, 0.15),
        }
    }
}

/// A star of five points: folded onto half of one point, then the distance from its edge.
fn star(x: f32, y: f32) -> f32 {
    const FOLDS: [(f32, f32); 2] = [(0.809_017, -0.587_785_25), (-0.809_017, -0.587_785_25)];
    const INNER: f32 = 0.45; // of the radius of the points
    let (mut x, mut y) = (x.abs(), y);
    for (fx, fy) in FOLDS {
        let over = 2.0 * (x * fx + y * fy).max(0.0);
        (x, y) = (x - over * fx, y - over * fy);
    }
    (x, y) = (x.abs(), y - 0.98);
    let (ex, ey) = (INNER * 0.587_785_25, INNER * 0.809_017 - 1.0);
    let along = ((x * ex + y * ey) / (ex * ex + ey * ey)).clamp(0.0, 1.0);
    let distance = (x - ex * along).hypot(y - ey * along);
    distance.copysign(y * ex - x * ey)
}

/// A figure with its place on the canvas.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed {
    pub(super) figure: Figure,
    /// Column and row in pixels.
    pub(super) centre: [f32; 2],
    /// In pixels.
    pub(super) radius: f32,
    /// The figure is this many times as wide, and as many times less high.
    pub(super) stretch: f32,
    /// In radians.
    pub(super) angle: f32,
}

/// A picture that is being painted: planes of red, green and blue, 0 to 255.
pub(super) struct Canvas([[f32; SIDE * SIDE]; 3]);

impl Canvas {
    /// A background that runs between the colours of its corners.
    pub(super) fn gradient(corners: &[[f32; 3]; 4]) -> Self {
        let at = |channel: usize, index: usize| {
            let part = |pixel: usize| pixel as f32 / (SIDE - 1) as f32;
            let (x, y) = (part(index % SIDE), part(index / SIDE));
            let [a, b, c, d] = corners.map(|corner| corner[channel]);
            (a + (b - a) * x) * (1.0 - y) + (c + (d - c) * x) * y
        };
        Self([0, 1, 2].map(|channel| std::array::from_fn(|index| at(channel, index))))
    }

    /// Paints over what is there; pixels on the outline are mixed.
    pub(super) fn paint(&mut self, placed: &Placed, colour: [f32; 3]) {
        let [centre_x, centre_y] = placed.centre;
        let (sin, cos) = placed.angle.sin_cos();
        let reach = placed.radius * placed.stretch + 1.0;
        for row in pixels_within(centre_y, reach) {
            for column in pixels_within(centre_x, reach) {
                let (dx, dy) = (column as f32 - centre_x, row as f32 - centre_y);
                let x = (cos * dx + sin * dy) / (placed.radius * placed.stretch);
                let y = (cos * dy - sin * dx) / placed.radius * placed.stretch;
                let distance = placed.figure.distance(x, y) * placed.radius;
                let cover = (0.5 - distance).clamp(0.0, 1.0);
                for (plane, colour) in self.0.iter_mut().zip(colour) {
                    let pixel = &mut plane[row * SIDE + column];
                    *pixel += (colour - *pixel) * cover;
                }
            }
        }
    }

    /// Writes the planes as bytes, each changed by its byte of `noise`: by `amplitude` at most.
    pub(super) fn write(&self, noise: &[u8], amplitude: f32, target: &mut [u8]) {
        let pixels = self.0.iter().flatten();
        for ((target, pixel), noise) in target.iter_mut().zip(pixels).zip(noise) {
            let change = (f32::from(*noise) - 127.5) * (amplitude / 127.5);
            *target = (pixel + change + 0.5) as u8; // `as` keeps it between 0 and 255
        }
    }
}

/// The rows or columns of the canvas at most `reach` from `centre`.
fn pixels_within(centre: f32, reach: f32) -> std::ops::Range<usize> {
    let low = (centre - reach).max(0.0) as usize; // cut
    let high = (centre + reach + 1.0).clamp(0.0, SIDE as f32) as usize;
    low.min(high)..high
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Share of the unit circle's square that a figure covers.
    fn area(figure: Figure) -> f32 {
        let inside = |i: i32| {
            let (x, y) = ((i % 200 - 100) as f32 / 100.0, (i / 200 - 100) as f32 / 100.0);
            figure.distance(x, y) < 0.0
        };
        (0..40_000).filter(|&i| inside(i)).count() as f32 / 10_000.0
    }

    #[test]
    fn figures_cover_the_areas_of_their_kind() {
        #[rustfmt::skip] // a table
        let expected = [
            (Figure::Circle, 2.27), (Figure::Square, 1.96), (Figure::Triangle, 1.30),
            (Figure::Diamond, 1.08), (Figure::Cross, 1.81), (Figure::Ring, 1.76),
            (Figure::Hexagon, 2.33), (Figure::Stripes, 1.26),
        ];
        for (figure, expected) in expected {
            assert!((area(figure) - expected).abs() < 0.05, "{figure:?}: {}", area(figure));
        }
        assert!((0.5..1.5).contains(&area(Figure::Star)), "{}", area(Figure::Star));
        assert!((0.5..1.5).contains(&area(Figure::Crescent)), "{}", area(Figure::Crescent));
    }

    #[test]
    fn figures_stay_within_their_circle_and_painting_within_the_canvas() {
        for (name, figure) in Figure::CLASSES {
            for i in 0..360 {
                let (y, x) = (i as f32).to_radians().sin_cos();
                assert!(figure.distance(1.01 * x, 1.01 * y) > 0.0, "{name} at {i}°");
            }
        }
        let mut canvas = Canvas::gradient(&[[0.0; 3]; 4]);
        for centre in [[-9.0, 40.0], [0.0, 0.0], [31.9, 31.9], [90.0, -90.0]] {
            let figure = Figure::Circle;
            let placed = Placed { figure, centre, radius: 12.0, stretch: 1.2, angle: 1.0 };
            canvas.paint(&placed, [255.0; 3]);
        }
        assert_eq!((canvas.0[0][0], canvas.0[2][SIDE * SIDE - 1]), (255.0, 255.0));
    }
}
