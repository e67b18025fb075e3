//! The model in the box.

#![cfg(feature = "pretrained")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::path::Path;

use burn::tensor::Device;

#[test]
fn the_box_holds_a_tested_and_calibrated_model_of_gtzans_genres() {
    let bundle = model::pretrained(&Device::flex()).unwrap();
    assert_eq!(bundle.labels().len(), 10);
    assert_eq!(bundle.facts().split.protocol, "fault-filtered");
    assert_eq!((bundle.facts().split.train, bundle.facts().split.valid, bundle.facts().split.test), (443, 197, 290));
    assert_eq!(bundle.facts().fitted_to, model::FittedTo::All);
    let calibration = bundle.facts().calibration.unwrap();
    assert!(calibration.ece_after < calibration.ece_before, "{calibration:?}");
    let protocols: Vec<&str> = bundle.facts().protocols.iter().map(|facts| facts.protocol.as_str()).collect();
    assert_eq!(protocols, ["random", "kfold", "artist-folds", "fault-filtered"]);
    // What the card beside it says is what the bundle says.
    let card = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../artifacts/pretrained/gtzan-features/MODEL_CARD.md");
    assert_eq!(std::fs::read_to_string(card).unwrap(), bundle.card());
}
