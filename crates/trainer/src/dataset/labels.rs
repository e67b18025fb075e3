//! Genre names that were probably meant to be one.

use std::collections::BTreeMap;

use extraction::nfc;

/// What is left of a name without case, blanks, hyphens, underscores and the ways of writing accents.
fn essence(name: &str) -> String {
    let letters = |c: &char| !(c.is_whitespace() || matches!(c, '-' | '_'));
    nfc(&name.to_lowercase()).chars().filter(letters).collect()
}

/// A sentence on each set of names that differ in nothing else.
pub(super) fn alike(labels: &[String]) -> Vec<String> {
    let mut groups = BTreeMap::<String, Vec<String>>::new();
    for label in labels {
        groups.entry(essence(label)).or_default().push(format!("`{label}`"));
    }
    let warning = |names: Vec<String>| {
        format!(
            "the genres {} differ only in case, blanks, hyphens or underscores and are learnt as {}; if they are one, give them \
             one name",
            names.join(" and "),
            names.len()
        )
    };
    groups.into_values().filter(|names| names.len() > 1).map(warning).collect()
}

/// The known name that `name` differs from in nothing else.
pub(super) fn meant<'a>(name: &str, known: &'a [String]) -> Option<&'a String> {
    let wanted = essence(name);
    known.iter().find(|known| essence(known) == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| name.to_string()).collect()
    }

    #[test]
    fn names_that_differ_in_case_blanks_or_hyphens_are_told() {
        let warnings = alike(&names(&["Hip-Hop", "Rock", "hip hop", "hiphop", "jazz", "rock"]));
        assert_eq!(
            warnings,
            [
                "the genres `Hip-Hop` and `hip hop` and `hiphop` differ only in case, blanks, hyphens or underscores and are \
                 learnt as 3; if they are one, give them one name",
                "the genres `Rock` and `rock` differ only in case, blanks, hyphens or underscores and are learnt as 2; if they \
                 are one, give them one name"
            ]
        );
        assert!(alike(&names(&["rock", "post-rock", "rock2"])).is_empty());
        // é in one character and in two.
        assert_eq!(alike(&names(&["caf\u{e9}", "cafe\u{301}"])).len(), 1);
    }

    #[test]
    fn the_known_name_that_was_meant_is_found() {
        let known = names(&["blues", "hip-hop"]);
        assert_eq!(meant("BLUES", &known), Some(&known[0]));
        assert_eq!(meant("Hip_Hop ", &known), Some(&known[1]));
        assert_eq!(meant("bluesy", &known), None);
    }
}
