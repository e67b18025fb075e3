//! Turns the TOML parser's messages into errors that name the place and the word that was probably meant.

use toml::de;

use super::TrainConfig;
use crate::error::Error;

/// Characters of a word from a configuration that are quoted.
const QUOTED: usize = 100;

/// An error in the text of a file: the place is `origin` and the line.
pub(super) fn in_file(error: &de::Error, text: &str, origin: &str) -> Error {
    let place = match error.span().and_then(|span| text.get(..span.start)) {
        Some(before) => format!("{origin}:{}", before.matches('\n').count() + 1),
        None => origin.to_owned(),
    };
    at(error, place)
}

/// An error at a place that is known already.
pub(super) fn at(error: &de::Error, place: String) -> Error {
    let message = error.message();
    // serde words these two kinds itself and for every format: "unknown field `x`, expected one of `a`, `b`".
    let mut quoted = message.split('`').skip(1).step_by(2).map(|word| word.chars().take(QUOTED).collect::<String>());
    if message.starts_with("unknown field `") {
        let key = quoted.next().unwrap_or_default();
        let known: Vec<String> = quoted.collect();
        Error::UnknownKey { place, nearest: elsewhere(&key, &known).or_else(|| nearest(&key, &known)), key, known }
    } else if message.starts_with("unknown variant `") {
        let value = quoted.next().unwrap_or_default();
        let known: Vec<String> = quoted.collect();
        Error::UnknownValue { place, nearest: nearest(&value, &known), value, known }
    } else {
        Error::ConfigSyntax { place, reason: message.trim_end().replace('\n', ", ") }
    }
}

/// The known word closest to `word`, unless all are far.
fn nearest(word: &str, known: &[String]) -> Option<String> {
    let word = word.to_lowercase();
    let scored = known.iter().map(|candidate| (strsim::jaro_winkler(&word, candidate), candidate));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 >= 0.6).then(|| best.1.clone())
}

/// A key of that very name in another section, dotted.
fn elsewhere(key: &str, known_here: &[String]) -> Option<String> {
    let complete = toml::from_str(&TrainConfig::default().to_toml().ok()?).ok()?;
    let mut found = Vec::new();
    collect(&complete, "", key, &mut found);
    found.into_iter().find(|dotted| !known_here.contains(dotted))
}

fn collect(table: &toml::Table, prefix: &str, key: &str, found: &mut Vec<String>) {
    for (name, value) in table {
        let dotted = format!("{prefix}{name}");
        if name == key {
            found.push(dotted.clone());
        }
        if let toml::Value::Table(inner) = value {
            collect(inner, &format!("{dotted}."), key, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        TrainConfig::parse(text, "my.toml", &[]).unwrap_err().to_string()
    }

    #[test]
    fn a_typo_is_named_with_its_line_and_the_nearest_key() {
        let message = refusal("name = \"x\"\n\n[training]\nepcohs = 3\n");
        assert!(message.starts_with("my.toml:4: unknown key `epcohs`; did you mean `epochs`?"), "{message}");
        let message = refusal("[optimiser]\nlearning_rate = 1");
        assert!(message.starts_with("my.toml:1: unknown key `optimiser`; did you mean `optimizer`?"), "{message}");
        let message = refusal("[optimizer]\nlr = 1");
        assert!(message.starts_with("my.toml:2: unknown key `lr`; did you mean `learning_rate`?"), "{message}");
    }

    #[test]
    fn a_key_of_another_section_is_pointed_to() {
        let message = refusal("epochs = 3");
        assert!(message.starts_with("my.toml:1: unknown key `epochs`; did you mean `training.epochs`?"), "{message}");
    }

    #[test]
    fn a_wrong_word_gets_the_choices() {
        let message = refusal("seed = 1\nbackend = \"ndaray\"");
        assert!(message.starts_with("my.toml:2: unknown value `ndaray`; did you mean `ndarray`?"), "{message}");
        assert!(message.contains("wgpu"), "{message}");
    }

    #[test]
    fn wrong_types_and_broken_toml_are_placed() {
        assert!(refusal("\nseed = \"one\"").starts_with("my.toml:2: invalid type"));
        assert!(refusal("\n\nname = ").starts_with("my.toml:3: "));
        assert!(refusal("seed = -1").starts_with("my.toml:1: "));
    }
}
