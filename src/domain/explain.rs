//! The article's worked example: why a depthwise-separable convolution is cheaper.

/// A convolution from a square image to a square image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Example {
    /// Side of the input in pixels.
    pub in_side: u64,
    pub in_channels: u64,
    /// Side of the filter in pixels.
    pub kernel: u64,
    pub out_channels: u64,
}

/// The article's own numbers: 12×12×3 by 5×5×3 filters to 8×8×256, no padding, stride 1.
pub const ARTICLE: Example = Example { in_side: 12, in_channels: 3, kernel: 5, out_channels: 256 };

/// What one way of convolving costs. The article calls the multiply-adds parameters; they are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Numbers that are stored and trained.
    pub parameters: u64,
    /// Multiplications (each with an addition) for one image.
    pub multiply_adds: u64,
}

impl Example {
    /// Side of the output in pixels.
    pub fn out_side(&self) -> u64 {
        self.in_side - self.kernel + 1
    }

    /// `out_channels` filters, each over all input channels: Dk²·M·N weights.
    pub fn standard(&self) -> Cost {
        self.cost(self.kernel.pow(2) * self.in_channels * self.out_channels)
    }

    /// One filter for each input channel: Dk²·M weights.
    pub fn depthwise(&self) -> Cost {
        self.cost(self.kernel.pow(2) * self.in_channels)
    }

    /// 1×1 filters that mix the channels: M·N weights.
    pub fn pointwise(&self) -> Cost {
        self.cost(self.in_channels * self.out_channels)
    }

    /// Depthwise and pointwise together.
    pub fn separable(&self) -> Cost {
        let (depthwise, pointwise) = (self.depthwise(), self.pointwise());
        Cost {
            parameters: depthwise.parameters + pointwise.parameters,
            multiply_adds: depthwise.multiply_adds + pointwise.multiply_adds,
        }
    }

    /// Separable over standard: 1/N + 1/Dk².
    pub fn ratio(&self) -> f64 {
        self.separable().multiply_adds as f64 / self.standard().multiply_adds as f64
    }

    fn cost(&self, weights: u64) -> Cost {
        Cost { parameters: weights, multiply_adds: weights * self.out_side().pow(2) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_articles_numbers() {
        assert_eq!(ARTICLE.out_side(), 8);
        assert_eq!(ARTICLE.standard(), Cost { parameters: 19_200, multiply_adds: 1_228_800 });
        assert_eq!(ARTICLE.depthwise(), Cost { parameters: 75, multiply_adds: 4_800 });
        assert_eq!(ARTICLE.pointwise(), Cost { parameters: 768, multiply_adds: 49_152 });
        assert_eq!(ARTICLE.separable(), Cost { parameters: 843, multiply_adds: 53_952 });
        assert!((ARTICLE.ratio() - (1.0 / 256.0 + 1.0 / 25.0)).abs() < 1e-12);
    }
}
