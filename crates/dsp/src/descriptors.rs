//! The sets of descriptors that a clip can become, and the names of their columns.

use serde::{Deserialize, Serialize};

use crate::{Error, FEATURE_NAMES, Result};

/// Which descriptors of a clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Descriptors {
    /// The 57 of the GTZAN dataset's CSV files.
    #[default]
    Classic,
    /// These and 292 more: contrast, flatness and movement of the spectrum, chroma and tonal centroids of a constant-Q
    /// transform, tempogram and bark bands.
    Extended,
}

impl Descriptors {
    /// The name used in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Classic => "classic",
            Self::Extended => "extended",
        }
    }

    /// Names of the values in a row, in order: 57, the first of the 349 of the extended set.
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Classic => &FEATURE_NAMES,
            Self::Extended => &EXTENDED,
        }
    }
}

impl std::fmt::Display for Descriptors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Descriptors {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        [Self::Classic, Self::Extended].into_iter().find(|set| set.name() == name).ok_or_else(|| Error::InvalidOption {
            option: "descriptors",
            reason: format!("`{name}` is neither classic nor extended"),
        })
    }
}

/// The names of a family's members, each with every statistic.
macro_rules! family {
    ($family:literal [$($member:literal)*] mean var) => {
        [$([concat!($family, $member, "_mean"), concat!($family, $member, "_var")]),*].as_flattened()
    };
    ($family:literal [$($member:literal)*] mean var diff_var) => {
        [$([
            concat!($family, $member, "_mean"),
            concat!($family, $member, "_var"),
            concat!($family, $member, "_diff_var"),
        ]),*]
        .as_flattened()
    };
    ($family:literal [$($member:literal)*] diff_var) => {
        &[$(concat!($family, $member, "_diff_var")),*]
    };
    ($family:literal [$($member:literal)*] distribution) => {
        [$([
            concat!($family, $member, "_mean"),
            concat!($family, $member, "_var"),
            concat!($family, $member, "_median"),
            concat!($family, $member, "_skewness"),
            concat!($family, $member, "_kurtosis"),
            concat!($family, $member, "_max"),
        ]),*]
        .as_flattened()
    };
}

/// The extended set, family after family.
const FAMILIES: [&[&str]; 8] = [
    &FEATURE_NAMES,
    family!("spectral_contrast" [""] mean var),
    family!("spectral_flatness" [""] mean var),
    family!("mfcc" [1 2 3 4 5 6 7 8 9 10] diff_var),
    family!("chroma_cens" [1 2 3 4 5 6 7 8 9 10 11 12] mean var diff_var),
    family!("tonnetz" [1 2 3 4 5 6] mean var diff_var),
    family!("tempogram" [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34
        35 36 37 38 39] mean var),
    family!("bark" [1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24] distribution),
];

static EXTENDED: [&str; 349] = {
    let mut names = [""; 349];
    let (mut family, mut at) = (0, 0);
    while family < FAMILIES.len() {
        let mut member = 0;
        while member < FAMILIES[family].len() {
            names[at] = FAMILIES[family][member];
            member += 1;
            at += 1;
        }
        family += 1;
    }
    assert!(at == names.len());
    names
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_published_tables() {
        let names = Descriptors::Extended.columns();
        assert_eq!(names[..57], FEATURE_NAMES);
        for (at, name) in [
            (57, "spectral_contrast_mean"),
            (60, "spectral_flatness_var"),
            (61, "mfcc1_diff_var"),
            (71, "chroma_cens1_mean"),
            (106, "chroma_cens12_diff_var"),
            (107, "tonnetz1_mean"),
            (125, "tempogram0_mean"),
            (204, "tempogram39_var"),
            (205, "bark1_mean"),
            (207, "bark1_median"),
            (348, "bark24_max"),
        ] {
            assert_eq!(names[at], name);
        }
    }

    #[test]
    fn sets_are_known_by_name() {
        for set in [Descriptors::Classic, Descriptors::Extended] {
            assert_eq!(set.name().parse::<Descriptors>().unwrap(), set);
            assert_eq!(serde_json::to_value(set).unwrap(), set.name());
        }
        let message = "all".parse::<Descriptors>().unwrap_err().to_string();
        assert!(message.contains("`all` is neither classic nor extended"), "{message}");
    }
}
