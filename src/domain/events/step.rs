//! What every optimizer step tells. A new number that is to have a chart needs a field, which
//! older runs lack (`#[serde(default)]`), and a line among the [`Quantity`]s here, whoever measures
//! it (`train/step_log.rs`), and its chart (`tui/views/train/charts.rs`): three files.

use serde::{Deserialize, Serialize};

use super::bounds::{countable, nan_as_null};

/// One optimizer step.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StepSample {
    /// Counted from 1: the number of updates made.
    #[serde(deserialize_with = "countable")]
    pub step: u64,
    /// Counted from 1.
    pub epoch: u32,
    /// Mean cross-entropy of the batch in nats; NaN is written as `null`.
    #[serde(with = "nan_as_null")]
    pub loss: f64,
    /// Share of the batch classified correctly, 0 to 1.
    #[serde(with = "nan_as_null")]
    pub accuracy: f64,
    pub lr: f64,
    pub images_per_s: f64,
    /// Time spent waiting for the loader.
    pub data_ms: f64,
    /// Time of the whole step, the wait included.
    pub step_ms: f64,
    /// L2 norm over all gradients.
    #[serde(with = "nan_as_null")]
    pub grad_norm: f64,
}

/// Makes a [`Quantity`] of each field of [`StepSample`] that is named.
macro_rules! quantities {
    ($($quantity:ident: $field:ident,)+) => {
        /// A number that every step has, to be followed over the run.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Quantity {
            $($quantity,)+
        }

        impl Quantity {
            pub const ALL: [Self; [$(stringify!($field)),+].len()] = [$(Self::$quantity),+];

            /// What files call it: the name of its field.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$quantity => stringify!($field),)+
                }
            }
        }

        impl StepSample {
            pub fn value(&self, quantity: Quantity) -> f64 {
                match quantity {
                    $(Quantity::$quantity => self.$field,)+
                }
            }

            pub fn value_mut(&mut self, quantity: Quantity) -> &mut f64 {
                match quantity {
                    $(Quantity::$quantity => &mut self.$field,)+
                }
            }
        }
    };
}

quantities! {
    Loss: loss,
    Accuracy: accuracy,
    LearningRate: lr,
    GradNorm: grad_norm,
    ImagesPerS: images_per_s,
    StepMs: step_ms,
}
