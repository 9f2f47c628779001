//! How busy the GPUs of this machine are, whoever keeps them busy.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Where Linux lists its graphics cards.
const CARDS: &str = "/sys/class/drm";

/// The GPUs that tell how busy they are: those of AMD by a file each, those of NVIDIA by the
/// library of their driver, in a build that computes on GPUs.
#[derive(Debug)]
pub struct Gpus {
    files: Vec<PathBuf>,
    #[cfg(feature = "wgpu")]
    nvidia: Option<nvml_wrapper::Nvml>,
}

impl Gpus {
    /// Looks for them; loads the driver's library, which may take a second.
    pub fn find() -> Self {
        Self {
            files: cards(Path::new(CARDS)),
            #[cfg(feature = "wgpu")]
            nvidia: nvml_wrapper::Nvml::init().ok(),
        }
    }

    /// How busy the busiest is, in percent; `None` where none tells.
    pub fn busiest(&self) -> Option<u8> {
        let files = self.files.iter().filter_map(|file| percent(&fs::read_to_string(file).ok()?));
        #[cfg(feature = "wgpu")]
        let files = files.chain(self.nvidia.iter().flat_map(of_nvidia));
        files.max()
    }
}

/// The file of each card in `folder` that has one.
fn cards(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    // `card0` is a card, `card0-HDMI-A-1` what is plugged into it.
    let is_card = |name: &str| name.strip_prefix("card").is_some_and(|n| n.parse::<u32>().is_ok());
    let cards = entries.filter(|entry| entry.file_name().to_str().is_some_and(is_card));
    let files = cards.map(|card| card.path().join("device/gpu_busy_percent"));
    files.filter(|file| file.exists()).collect()
}

/// A line like `87`.
fn percent(text: &str) -> Option<u8> {
    text.trim().parse().ok().filter(|percent| *percent <= 100)
}

#[cfg(feature = "wgpu")]
fn of_nvidia(library: &nvml_wrapper::Nvml) -> impl Iterator<Item = u8> {
    let count = library.device_count().unwrap_or(0);
    (0..count).filter_map(|index| {
        let load = library.device_by_index(index).ok()?.utilization_rates().ok()?;
        u8::try_from(load.gpu).ok().filter(|percent| *percent <= 100)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_card_that_tells_counts() {
        let folder = tempfile::tempdir().unwrap();
        let write = |card: &str, text: &str| {
            let device = folder.path().join(card).join("device");
            fs::create_dir_all(&device).unwrap();
            fs::write(device.join("gpu_busy_percent"), text).unwrap();
        };
        let busiest = || {
            let gpus = Gpus {
                files: cards(folder.path()),
                #[cfg(feature = "wgpu")]
                nvidia: None,
            };
            gpus.busiest()
        };
        assert_eq!(busiest(), None);
        fs::create_dir_all(folder.path().join("card2/device")).unwrap();
        assert_eq!(busiest(), None, "a card that does not tell is not idle");
        write("card0", "12\n");
        write("card1", "87\n");
        write("card1-HDMI-A-1", "99\n");
        write("card3", "4294967295\n");
        assert_eq!(busiest(), Some(87));
    }
}
