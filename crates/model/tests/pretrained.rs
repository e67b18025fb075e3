//! The model in the box.

#![cfg(feature = "pretrained")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::path::Path;

use burn::tensor::Device;

#[test]
fn the_box_holds_tested_and_calibrated_models_of_gtzans_genres() {
    let columns = [("gtzan-extended", 349), ("gtzan-features", 57)];
    assert!(model::pretrained_names().eq(columns.map(|(name, _)| name)));
    assert!(model::pretrained_as("gtzan", &Device::flex()).is_none());
    for (name, columns) in columns {
        let bundle = model::pretrained_as(name, &Device::flex()).unwrap().unwrap();
        assert_eq!((bundle.facts().name.as_str(), bundle.inputs().len(), bundle.labels().len()), (name, columns, 10));
        let split = &bundle.facts().split;
        assert_eq!((split.protocol.as_str(), split.train, split.valid, split.test), ("fault-filtered", 443, 197, 290));
        assert_eq!(bundle.facts().fitted_to, model::FittedTo::All);
        let calibration = bundle.facts().calibration.unwrap();
        assert!(calibration.ece_after < calibration.ece_before, "{name}: {calibration:?}");
        let protocols: Vec<&str> = bundle.facts().protocols.iter().map(|facts| facts.protocol.as_str()).collect();
        assert_eq!(protocols, ["random", "kfold", "artist-folds", "fault-filtered"]);
        // What the card beside it says is what the bundle says.
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../artifacts/pretrained").join(name);
        assert_eq!(std::fs::read_to_string(folder.join("MODEL_CARD.md")).unwrap(), bundle.card());
    }
    let best = model::pretrained(&Device::flex()).unwrap();
    assert_eq!(best.facts().name, "gtzan-extended");
}

#[test]
fn the_models_in_the_box_know_where_each_genres_songs_lie() {
    for name in model::pretrained_names() {
        let bundle = model::pretrained_as(name, &Device::flex()).unwrap().unwrap();
        let ranges = bundle.facts().genre_ranges.as_ref().unwrap();
        let columns = bundle.inputs().columns();
        for genre in bundle.labels().names() {
            assert!((0..columns.len()).all(|column| ranges.of(genre, column).is_some()), "{name}: {genre}");
        }
        let range = |genre: &str, column: &str| {
            let column = columns.iter().position(|name| name == column).unwrap();
            ranges.of(genre, column).unwrap()
        };
        // Metal and pop are brighter than classical music, and pop is louder: most songs of the one lie beyond most of the other.
        for (less, more, column) in [
            ("classical", "metal", "spectral_centroid_mean"),
            ("classical", "pop", "spectral_centroid_mean"),
            ("classical", "pop", "rms_mean"),
        ] {
            let ((_, below), (above, _)) = (range(less, column), range(more, column));
            assert!(below < above, "{name}: {column} of {less} up to {below}, of {more} from {above}");
        }
    }
}
