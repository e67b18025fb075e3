//! Configurations and models.

use std::path::Path;

fn repository() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The repository's own, changes to them, and what else TOML has.
pub fn configs() -> Vec<(String, Vec<u8>)> {
    let mut configs = Vec::new();
    for entry in repository().join("configs").read_dir().unwrap() {
        let entry = entry.unwrap();
        let bytes = std::fs::read(entry.path()).unwrap();
        configs.push((entry.file_name().into_string().unwrap(), bytes));
    }
    for (name, text) in [
        ("empty", ""),
        ("table", "input = \"table\"\n[data]\nfeatures = \"b\"\n"),
        ("changed", "seed = 5\n\0training.epochs=3\0data.dir=\"a b\"\0backend=flex"),
        ("inline", "data = { synth = { seed = 1_000, seconds = 1e1 } }\nname = 'a'\n"),
        ("odd", "\"name\" = \"\"\"\\u00e4\n\"\"\"\nseed = 0x1f # note\r\n[[data]]\n"),
        ("date", "seed = 1979-05-27T07:32:00Z\nclip_seconds = inf\n"),
    ] {
        configs.push((name.to_owned(), text.as_bytes().to_vec()));
    }
    configs
}

/// The models in the box: the description with the beginning of the weights, as `fuzz::bundle` takes them.
pub fn bundles() -> Vec<(String, Vec<u8>)> {
    let folder = repository().join("artifacts/pretrained/gtzan-features");
    let [metadata, record] = ["bundle.json", "model.bpk"].map(|file| std::fs::read(folder.join(file)).unwrap());
    let made = |metadata: &[u8], record: &[u8], cut: u16| {
        [&(metadata.len() as u16 | cut).to_le_bytes()[..], metadata, record].concat()
    };
    let text = String::from_utf8(metadata.clone()).unwrap();
    let of_table = text.replace("\"version\": 3", "\"version\": 4");
    vec![
        ("whole".to_owned(), made(&metadata, &[], 0)),
        ("beginning".to_owned(), made(&metadata, &record[..3_000], 0)),
        ("cut".to_owned(), made(&metadata, &record[..500], 1 << 15)),
        ("table".to_owned(), made(of_table.as_bytes(), &record[..500], 0)),
        ("old".to_owned(), made(text.replace("\"version\": 3", "\"version\": 2").as_bytes(), &[], 0)),
    ]
}
