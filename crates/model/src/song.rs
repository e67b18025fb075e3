//! From clips to their song: the one place that says how.

use dsp::TrackFeatures;

use crate::Doubt;

/// A song's probabilities: the mean of its clips', `[clips][classes]` → `[classes]`, summed in `f64`. Clips have equal
/// lengths; of no clips it is empty.
pub fn mean<R: AsRef<[f32]>>(clips: impl IntoIterator<Item = R>) -> Vec<f32> {
    let mut sums = Vec::<f64>::new();
    let mut count = 0usize;
    for clip in clips {
        let clip = clip.as_ref();
        sums.resize(clip.len(), 0.0);
        sums.iter_mut().zip(clip).for_each(|(sum, &p)| *sum += f64::from(p));
        count += 1;
    }
    sums.into_iter().map(|sum| (sum / count as f64) as f32).collect()
}

/// How far a song leaves the training range: the greatest share of columns that more than half of its clips reach, from the
/// [`out_of_range_share`](crate::RowTransform::out_of_range_share) of each clip; 0 of no clips.
pub fn out_of_range(clips: &[f64]) -> f64 {
    let mut shares = clips.to_vec();
    shares.sort_by(|a, b| b.total_cmp(a));
    shares.get(shares.len() / 2).copied().unwrap_or(0.0)
}

/// Index of the greatest probability, the first of equal ones.
pub fn most_probable(probabilities: &[f32]) -> usize {
    let mut best = 0;
    for (class, p) in probabilities.iter().enumerate() {
        if probabilities.get(best).is_some_and(|greatest| p > greatest) {
            best = class;
        }
    }
    best
}

/// Why there is nothing to be heard of a song, and which of its clips have a vote. Silence has none, unless there is nothing else:
/// what is said of it then is doubted.
pub(crate) fn voting(track: &TrackFeatures) -> (Option<Doubt>, Vec<bool>) {
    // Of channels that cancel a codec may leave a whisper, which says nothing of the song.
    let unheard = match track.clips.iter().all(|clip| clip.silent) {
        _ if track.decoded.channels_cancel => Some(Doubt::ChannelsCancel),
        true => Some(Doubt::Silent),
        false => None,
    };
    let votes = track.clips.iter().map(|clip| !clip.silent || unheard.is_some()).collect();
    (unheard, votes)
}

/// A clip's features as the network takes them. Features are computed in `f64`; what a model is fitted to and asked about is
/// `f32`.
pub fn row_f32(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&value| value as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_song_is_the_mean_of_its_clips() {
        assert_eq!(mean([[0.25f32, 0.75], [0.75, 0.25], [0.5, 0.5]]), [0.5, 0.5]);
        assert_eq!(mean([[0.1f32, 0.9]]), [0.1, 0.9]);
        assert!(mean(Vec::<Vec<f32>>::new()).is_empty());
    }

    #[test]
    fn of_equal_probabilities_the_first_is_the_most_probable() {
        assert_eq!(most_probable(&[0.2, 0.4, 0.4]), 1);
        assert_eq!(most_probable(&[0.5]), 0);
    }

    #[test]
    fn a_song_is_as_far_out_of_range_as_more_than_half_of_its_clips() {
        for shares in [&[0.3][..], &[0.1, 0.3, 0.5], &[0.1, 0.1, 0.3, 0.4, 0.9], &[0.3, 0.5], &[0.1, 0.3, 0.5, 0.6]] {
            let song = out_of_range(shares);
            assert_eq!(song, 0.3, "{shares:?}");
            // The definition: more than half lie above every threshold below it, and not above itself.
            let above = |threshold: f64| 2 * shares.iter().filter(|&&share| share > threshold).count() > shares.len();
            assert!(above(0.299) && !above(0.3), "{shares:?}");
        }
        assert_eq!(out_of_range(&[]), 0.0);
    }
}
