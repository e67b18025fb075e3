//! Perceptually even colour maps: equal steps in value look equal, and grey prints keep their order.

use std::ops::RangeInclusive;

use colorous::Gradient;

/// Colours of a range of values.
pub(crate) struct ColourMap {
    table: Vec<[u8; 3]>,
    from: f32,
    to: f32,
}

impl ColourMap {
    /// Black over violet to yellow, for amounts.
    pub fn amounts(range: RangeInclusive<f32>) -> Self {
        Self::new(colorous::MAGMA, range)
    }

    /// Blue over white to red, for values on both sides of 0, up to `limit`.
    pub fn signed(limit: f32) -> Self {
        let mut map = Self::new(colorous::RED_BLUE, -limit..=limit);
        map.table.reverse();
        map
    }

    fn new(gradient: Gradient, range: RangeInclusive<f32>) -> Self {
        let colour = |step: usize| gradient.eval_rational(step, 256).into_array();
        Self { table: (0..256).map(colour).collect(), from: *range.start(), to: *range.end() }
    }

    /// The colour of a value; values outside have the colour of the nearest end.
    pub fn of(&self, value: f32) -> [u8; 3] {
        let share = ((value - self.from) / (self.to - self.from)).clamp(0.0, 1.0);
        self.table[((share * 255.0).round() as usize).min(255)]
    }

    /// The values at both ends.
    pub fn range(&self) -> (f64, f64) {
        (f64::from(self.from), f64::from(self.to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_get_lighter_all_the_way() {
        let map = ColourMap::amounts(-80.0..=0.0);
        let lightness = |value: f32| {
            let [r, g, b] = map.of(value).map(f32::from);
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        assert!((-79..=0).all(|db| lightness(db as f32) >= lightness(db as f32 - 1.0)));
        assert_eq!(map.of(-200.0), map.of(-80.0));
        assert!(lightness(0.0) > 200.0 && lightness(-80.0) < 5.0);
    }

    #[test]
    fn signed_values_are_blue_white_and_red() {
        let map = ColourMap::signed(5.0);
        let ([red, .., blue], middle, [warm, .., cold]) = (map.of(-5.0), map.of(0.0), map.of(5.0));
        assert!(blue > red && warm > cold && middle.iter().all(|&channel| channel > 235), "{middle:?}");
    }
}
