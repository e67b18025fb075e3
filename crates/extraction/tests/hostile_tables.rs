//! Damaged and hostile tables: read, or refused by name, in memory that their length accounts for.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod hostile;

use std::fs;
use std::path::Path;

use extraction::Format;
use extraction::csv::columns;
use extraction::table::{Request, Wanted};
use hostile::{REQUESTS, good, no_panic_of_ours, read, read_or_refused, refusal, turn_bits};

const FORMATS: [(Format, &str); 2] = [(Format::Csv, "good.csv"), (Format::Parquet, "good.parquet")];

#[test]
fn a_table_cut_anywhere_is_read_or_refused() {
    no_panic_of_ours();
    for (format, name) in FORMATS {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        let whole = good(&path, format);
        assert_eq!(read(&path, REQUESTS[0]).unwrap(), 4);
        for percent in 0..100 {
            fs::write(&path, &whole[..whole.len() * percent / 100]).unwrap();
            read_or_refused(&path);
            if format == Format::Parquet {
                refusal(&path, REQUESTS[0]);
            }
        }
    }
}

#[test]
fn a_csv_with_any_bit_turned_is_read_or_refused() {
    no_panic_of_ours();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("good.csv");
    let ours = good(&path, Format::Csv);
    let small = b"sep=;\n\"filename\";tempo;rms_mean\r\na.wav;1,5;-2e-3\r\n\"b;\"\"x\"\".wav\";3;4\n".to_vec();
    turn_bits(&path, &small, 9000);
    turn_bits(&path, &ours, 1000);
}

#[test]
fn cells_that_are_no_finite_numbers_are_named_and_the_rest_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.csv");
    for cell in ["NaN", "nan", "inf", "-Infinity", "1e999", "-1e39"] {
        fs::write(&path, format!("tempo,label\n1,a\n{cell},b\n3,c\n")).unwrap();
        assert_eq!(read(&path, Request { columns: Wanted::Numbers, labelled: true }).unwrap(), 2, "{cell}");
    }
}

#[test]
fn a_cell_of_megabytes_is_quoted_by_its_beginning() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.csv");
    let long = "é".repeat(1 << 20);
    for text in
        [format!("tempo\n{long}\n"), format!("filename,tempo\n{long},1\n{long},2\n"), format!("{long},{long}\n1,2\n")]
    {
        fs::write(&path, text).unwrap();
        read_or_refused(&path);
    }
}

#[test]
fn a_million_columns_are_found_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wide.csv");
    let wide = |columns: usize| {
        let names: Vec<String> = (0..columns).map(|column| format!("c{column}")).collect();
        fs::write(&path, format!("{}\n{}1\n", names.join(","), "1,".repeat(columns - 1))).unwrap();
        names
    };
    let names: Vec<String> = wide(1_000_000).into_iter().rev().step_by(1000).collect();
    assert_eq!(read(&path, Request { columns: Wanted::Named(&names), labelled: false }).unwrap(), 1);
    wide(100_000);
    assert!(refusal(&path, REQUESTS[0]).contains("missing columns `filename`, `length`"));
    assert_eq!(read(&path, Request { columns: Wanted::Numbers, labelled: false }).unwrap(), 1);
}

/// A gigabyte that takes no room on the disk, behind a beginning.
fn gigabyte(path: &Path, beginning: &str) {
    fs::write(path, beginning).unwrap();
    fs::OpenOptions::new().write(true).open(path).unwrap().set_len(1 << 30).unwrap();
}

#[test]
#[ignore = "run in little memory by the next test"]
fn lines_of_a_gigabyte() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.csv");
    let header = columns(dsp::Descriptors::Classic).collect::<Vec<_>>().join(",");
    let beginnings = [
        (String::new(), 1),
        (format!("sep=,\n{header}\n"), 3),
        // A quote that nothing closes.
        (format!("{header}\n\"a.wav,"), 2),
    ];
    for (beginning, line) in beginnings {
        gigabyte(&path, &beginning);
        let message = refusal(&path, REQUESTS[0]);
        assert!(message.contains(&format!("x.csv: line {line}: more than 64 MiB")), "{beginning:?}: {message}");
    }
    gigabyte(&path, "PAR1");
    assert!(refusal(&path, REQUESTS[0]).contains("cut short, or no Parquet file"));
}

#[cfg(unix)]
#[test]
fn a_line_of_a_gigabyte_is_refused_before_it_is_in_memory() {
    hostile::in_little_memory(400, "lines_of_a_gigabyte");
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_refused_unread() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let [pipe, zero, lost, circle] =
        ["pipe.csv", "zero.csv", "lost.csv", "circle.csv"].map(|name| folder.path().join(name));
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    symlink("/dev/zero", &zero).unwrap();
    symlink("nowhere", &lost).unwrap();
    symlink("circle.csv", &circle).unwrap();
    for (path, reason) in
        [(&pipe, "no regular file"), (&zero, "no regular file"), (&lost, "No such file"), (&circle, "symbolic links")]
    {
        let message = refusal(path, REQUESTS[0]);
        assert!(message.contains(reason), "{message}");
    }
}

#[cfg(unix)]
#[test]
fn parts_that_are_no_files_are_refused_by_their_names() {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().unwrap();
    let table = outside.path().join("table.parquet");
    good(&table, Format::Parquet);
    let parts = |make: &dyn Fn(&Path)| {
        let folder = tempfile::tempdir().unwrap();
        make(folder.path());
        let result = read(folder.path(), REQUESTS[0]);
        result.map_err(|error| extraction::chain(&error))
    };
    // Links to files elsewhere are files; names may be anything.
    assert_eq!(parts(&|folder| symlink(&table, folder.join("a..parquet")).unwrap()), Ok(4));
    let odd = std::ffi::OsStr::from_bytes(b"b\xff\n.parquet");
    assert_eq!(parts(&|folder| assert!(fs::copy(&table, folder.join(odd)).unwrap() > 0)), Ok(4));
    let message = parts(&|folder| symlink("/dev/zero", folder.join("a.parquet")).unwrap()).unwrap_err();
    assert!(message.contains("a.parquet: it is no regular file"), "{message}");
    let pipe = |folder: &Path| {
        assert!(std::process::Command::new("mkfifo").arg(folder.join("p.parquet")).status().unwrap().success());
    };
    let message = parts(&pipe).unwrap_err();
    assert!(message.contains("p.parquet: it is no regular file"), "{message}");
    let message = parts(&|folder| symlink("gone", folder.join("g.parquet")).unwrap()).unwrap_err();
    assert!(message.contains("can't read") && message.contains("g.parquet"), "{message}");
    let message = parts(&|folder| symlink("..", folder.join("up.parquet")).unwrap()).unwrap_err();
    assert!(message.contains("has the folder `up.parquet` in it"), "{message}");
    // A second part that is none, behind a good one.
    let message = parts(&|folder| {
        fs::copy(&table, folder.join("a.parquet")).unwrap();
        fs::write(folder.join("b.parquet"), "PAR1 and no more").unwrap();
    });
    assert!(
        message.clone().is_err_and(|message| message.contains("b.parquet: not a usable Parquet file")),
        "{message:?}"
    );
}
