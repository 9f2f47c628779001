//! The numbers of a network, taken off its device.

use burn::{
    module::{Module, ModuleVisitor, Param},
    tensor::Tensor,
};

use super::{
    network::MobileNetV1,
    weights::{WeightTensor, Weights},
};

/// Every parameter and running statistic under its name on disk.
pub fn weights_of(network: &MobileNetV1) -> Weights {
    let mut reader = Reader::default();
    // `valid` settles the running statistics, which may lag behind by one update.
    network.valid().visit(&mut reader);
    reader.weights
}

/// The fields are named as the weights are on disk, so the path of the walk is the name.
#[derive(Default)]
struct Reader {
    path: Vec<String>,
    weights: Weights,
}

impl ModuleVisitor for Reader {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let tensor = param.val();
        let shape = tensor.dims().to_vec();
        let values = tensor.into_data().convert::<f32>().try_into_vec();
        let values = values.expect("data converted to f32 is a vector of f32");
        self.weights.insert(self.path.join("."), WeightTensor { shape, values });
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::{domain::architecture::ArchSpec, model::weights};

    #[test]
    fn a_network_gives_back_the_weights_that_it_was_built_from() {
        let spec = ArchSpec { alpha: 0.25, ..ArchSpec::with_classes(10) };
        let weights = weights::random(&spec, 7);
        for device in [Device::flex(), Device::flex().autodiff()] {
            let network = MobileNetV1::new(&spec, &weights, &device);
            assert_eq!(weights_of(&network), weights);
        }
    }
}
