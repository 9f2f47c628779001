use super::*;

fn request<'a>(choice: &'a DatasetChoice, data_dir: &'a Path) -> DataRequest<'a> {
    let (resolution, limit) = (None, None);
    DataRequest { choice, data_dir, seed: 7, resolution, limit, download: false }
}

fn opened(request: &DataRequest) -> Result<Dataset, DataError> {
    open(request, &mut |_| panic!("nothing is fetched"))
}

#[test]
fn without_files_auto_draws_shapes_and_says_so() {
    let nowhere = tempfile::tempdir().unwrap();
    let auto = opened(&request(&DatasetChoice::Auto, nowhere.path())).unwrap();
    assert_eq!(auto.id, "shapes");
    assert!(
        auto.banner.unwrap().starts_with("training on built-in shapes: CIFAR-10 is not here (")
    );
    let shapes = opened(&request(&DatasetChoice::Shapes, nowhere.path())).unwrap();
    assert_eq!((shapes.banner, shapes.train), (None, auto.train));
}

#[test]
fn a_broken_copy_is_an_error_for_auto_too() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join(cifar10::FOLDER);
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join(cifar10::TEST_FILE), "short").unwrap();
    for choice in [DatasetChoice::Auto, DatasetChoice::Cifar10] {
        let mut request = request(&choice, dir.path());
        request.download = true; // there is something, so nothing is fetched over it
        let error = opened(&request).unwrap_err();
        assert!(error.to_string().contains("mnv1-tui data fetch cifar10"), "{error}");
    }
}

#[test]
fn pictures_are_cut_and_resized_before_they_are_measured() {
    let nowhere = tempfile::tempdir().unwrap();
    let whole = opened(&request(&DatasetChoice::Shapes, nowhere.path())).unwrap();
    let mut cut = request(&DatasetChoice::Shapes, nowhere.path());
    (cut.limit, cut.resolution) = (Some(100), Some(16));
    let cut = opened(&cut).unwrap();
    assert_eq!((cut.train.len(), cut.test.len()), (100, 2000));
    assert_eq!((cut.train.side, cut.test.side), (16, 16));
    assert_eq!(cut.train.labels, whole.train.labels[..100]);
    assert_eq!(cut.statistics, ChannelStatistics::of(&cut.train));
    assert_ne!(cut.statistics, whole.statistics);
}

#[test]
fn statistics_are_of_each_channel() {
    let pixels = vec![0, 255, 51, 51, 0, 0];
    let images = ImageSet { side: 1, pixels, labels: vec![0; 2] };
    let statistics = ChannelStatistics::of(&images);
    assert_eq!(statistics.mean, [0.1, 0.5, 0.1]);
    assert!((statistics.std[0] - 0.1).abs() < 1e-6 && (statistics.std[1] - 0.5).abs() < 1e-6);
    let flat = ImageSet { side: 2, pixels: vec![9; 12], labels: vec![0] };
    assert_eq!(ChannelStatistics::of(&flat).std, [1.0 / 255.0; 3]);
    assert_eq!(ChannelStatistics::of(&ImageSet::default()).std, [1.0; 3]);
}

#[test]
fn data_lies_in_the_checkout_that_the_program_runs_from() {
    assert_eq!(default_data_dir(), Path::new(env!("CARGO_MANIFEST_DIR")).join("data"));
    let installed = tempfile::tempdir().unwrap();
    std::fs::write(installed.path().join("Cargo.toml"), "").unwrap();
    assert!(is_checkout(installed.path()));
    std::fs::write(installed.path().join(".cargo-ok"), "").unwrap();
    assert!(!is_checkout(installed.path()));
}

#[test]
fn every_error_is_one_line_that_says_where() {
    let path = || PathBuf::from("data/x");
    let reason = || "why".to_owned();
    let errors = [
        DataError::io("data/x")(std::io::ErrorKind::PermissionDenied.into()),
        DataError::Truncated { path: path(), expected: 2, found: 1 },
        DataError::TooLong { path: path(), expected: 1, found: 2 },
        DataError::UnknownLabel { path: path(), record: 3, label: 10, classes: 10 },
        DataError::Missing { path: path(), hint: reason() },
        DataError::Picture { path: path(), reason: reason() },
        DataError::Layout { path: path(), reason: reason() },
        DataError::TooLarge { title: "data/x".into(), images: 2, side: 1, needed: 6, free: 5 },
        DataError::Download { url: "http://data/x".into(), reason: reason() },
        DataError::Checksum {
            url: "http://data/x".into(),
            expected: "a".into(),
            found: "b".into(),
        },
        DataError::Archive { path: path(), reason: reason() },
    ];
    for error in errors {
        let text = error.to_string();
        assert!(text.contains("data/x: ") && !text.contains('\n'), "{text}");
    }
}
