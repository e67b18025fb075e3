//! Parquet files that claim what isn't so: refused by name, and the claim costs no memory.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod hostile;

use std::fs;

use extraction::Format;
use extraction::table::{Request, Wanted};
use hostile::forge::{Column, Notes, Page, closed, file, varint, zeros, zigzag};
use hostile::{good, no_panic_of_ours, read, refusal, turn_bits};

/// Numbers of whatever name.
const NUMBERS: Request<'static> = Request { columns: Wanted::Numbers, labelled: false };

const PLAIN: i64 = 0;
const RLE: i64 = 3;
const LENGTHS: i64 = 6;
const PREFIXES: i64 = 7;
const DICTIONARY: i64 = 8;
const HUGE: i64 = i32::MAX as i64;

fn plain(values: &[f64]) -> Page {
    Page::new(values.len() as i64, PLAIN, values.iter().flat_map(|value| value.to_le_bytes()).collect())
}

fn numbers(name: &str) -> Column {
    Column::new(name, 5, vec![plain(&[1.0, 2.0, 3.0])])
}

/// A column of numbers of which something isn't as it should be.
fn wrong(change: impl FnOnce(&mut Column)) -> Vec<u8> {
    let mut column = numbers("x");
    change(&mut column);
    file(3, &[column])
}

/// Texts beside three numbers.
fn texts(rows: i64, pages: Vec<Page>) -> Vec<u8> {
    let numbers = Column::new("x", 5, vec![plain(&vec![1.0; rows as usize])]);
    file(rows, &[Column::new("filename", 6, pages), numbers])
}

/// So many numbers, each greater by `step` than the one before, as differences.
fn differences(count: u64, first: i64, step: i64) -> Vec<u8> {
    let block = count.next_multiple_of(128);
    [varint(block), varint(1), varint(count), zigzag(first), zigzag(step), vec![0]].concat()
}

/// A dictionary of one text, and a page that has it in every row.
fn one_text(rows: u64, length: usize) -> Vec<Page> {
    let word = [&(length as u32).to_le_bytes()[..], &vec![b'a'; length]].concat();
    let run = [&[1][..], &varint(rows << 1), &[0]].concat();
    vec![Page { kind: 2, ..Page::new(1, PLAIN, word) }, Page::new(rows as i64, DICTIONARY, run)]
}

/// A footer that has columns and no rows.
fn schema(columns: Vec<Vec<u8>>) -> Vec<u8> {
    let notes = Notes::default().int(1, 2).list(2, 12, columns).int(3, 0).list(4, 12, Vec::new());
    closed(b"PAR1".to_vec(), &notes.end())
}

/// Files in which every claim is true, and how many rows are good.
fn honest() -> Vec<(usize, Vec<u8>)> {
    let page = Page { unpacked: Some(512 << 10), ..Page::new(65_536, PLAIN, zeros(4)) };
    let packed = Column { codec: 6, ..Column::new("zeros", 5, vec![page]) };
    let equal = [differences(3, 3, 0), b"abcabcabc".to_vec()].concat();
    let alike = [differences(3, 0, 1), differences(3, 1, 0), b"abc".to_vec()].concat();
    vec![
        (65_536, file(65_536, &[packed])),
        (3, file(3, &[numbers("x"), numbers("y")])),
        (3, texts(3, vec![Page::new(3, PREFIXES, alike)])),
        // Three times the same name: only the first is taken.
        (1, texts(3, vec![Page::new(3, LENGTHS, equal)])),
        (1, texts(3, one_text(3, 5))),
    ]
}

#[test]
fn what_is_made_by_hand_is_read_where_it_is_true() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("true.parquet");
    for (rows, bytes) in honest() {
        fs::write(&path, bytes).unwrap();
        assert_eq!(read(&path, NUMBERS).unwrap(), rows);
    }
}

#[test]
fn a_file_with_any_bit_turned_is_read_or_refused() {
    no_panic_of_ours();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("turned.parquet");
    let ours = good(&path, Format::Parquet);
    turn_bits(&path, &ours, 1200);
    for (_, bytes) in honest().into_iter().skip(1) {
        turn_bits(&path, &bytes, 2200);
    }
}

#[test]
#[ignore = "run in little memory by the next test"]
fn claims() {
    no_panic_of_ours();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("forged.parquet");
    let root = |children: i64| Notes::default().text(4, "table").int(5, children).end();
    let group = |children: i64| Notes::default().int(3, 0).text(4, "g").int(5, children).end();
    let leaf = || Notes::default().int(1, 5).int(3, 0).text(4, "x").end();
    let lists = [&[0x19; 100][..], &[0; 100]].concat();
    let rest = |bytes: &[u8]| closed(b"PAR1".to_vec(), &Notes::default().raw(15, 9, bytes).end());
    let names = b"ab".repeat(50);
    // 4096 texts of which each has 256 characters more than the one before.
    let growing = [differences(4096, 0, 256), differences(4096, 256, 0), vec![b'a'; 4096 * 256]].concat();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        (
            "its pages claim to unpack to 2147 MB",
            wrong(|x| {
                x.codec = 1;
                x.pages[0].unpacked = Some(HUGE);
            }),
        ),
        (
            "its pages claim to unpack to 2147 MB",
            wrong(|x| {
                x.codec = 6;
                x.pages[0] = Page { unpacked: Some(16_383 << 17), ..Page::new(3, PLAIN, zeros(16_383)) };
            }),
        ),
        (
            "column `x` lies outside the file",
            wrong(|x| {
                x.pages[0].packed = Some(HUGE);
                x.size = Some(1 << 40);
            }),
        ),
        ("column `x` lies outside the file", wrong(|x| x.pages[0].packed = Some(HUGE))),
        ("column `x` lies outside the file", wrong(|x| x.start = Some(1 << 40))),
        ("", wrong(|x| x.start = Some(-1))),
        ("", wrong(|x| x.size = Some(-1))),
        ("a page claims to have less than nothing", wrong(|x| x.pages[0].unpacked = Some(-1))),
        (
            "the dictionary of column `x` claims 1073741824 values in 24 bytes",
            wrong(|x| {
                x.pages.insert(0, Page { kind: 2, ..Page::new(1 << 30, PLAIN, vec![0; 24]) });
            }),
        ),
        ("", wrong(|x| x.pages[0] = Page::new(HUGE, DICTIONARY, vec![32, 255, 255, 255, 255, 7, 0, 0, 0, 0]))),
        // What only a later version may know.
        ("", wrong(|x| x.pages[0].encoding = 42)),
        ("", wrong(|x| x.pages[0].kind = 9)),
        ("", wrong(|x| x.codec = 99)),
        ("", wrong(|x| x.physical = 99)),
        ("rows in", file(1 << 40, &[numbers("x")])),
        ("out of range", file(-1, &[numbers("x")])),
        ("a column ends", file(4, &[numbers("x")])),
        ("a page's lengths of texts are damaged", texts(3, vec![Page::new(HUGE, LENGTHS, differences(1 << 40, 1, 0))])),
        ("a page's lengths of texts are damaged", texts(3, vec![Page::new(3, LENGTHS, differences(1 << 62, 1, 0))])),
        ("a page's lengths of texts are damaged", {
            let lengths = [differences(3, 0, 0), differences(1 << 40, 1, 0)].concat();
            texts(3, vec![Page::new(3, PREFIXES, lengths)])
        }),
        ("", texts(3, vec![Page::new(3, LENGTHS, [differences(3, i64::from(i32::MAX), 0), names].concat())])),
        ("more than 64 MiB of text", texts(4096, vec![Page::new(4096, PREFIXES, growing)])),
        ("more than 64 MiB of text", texts(4096, one_text(4096, 1 << 20))),
        ("", texts(3, vec![Page::new(3, RLE, vec![1; 40])])),
        ("it claims to have 2147483647 columns and names 1", schema(vec![root(HUGE)])),
        ("columns and names", schema(vec![root(2), group(HUGE), leaf()])),
        ("its columns are nested too deeply", schema([vec![root(1)], vec![group(1); 200_000], vec![leaf()]].concat())),
        ("the notes in it are nested too deeply", rest(&lists)),
        ("the notes in it hold what no Parquet file does", rest(&[0x21, 1, 1])),
        ("the notes in it end too early", rest(&[0xf1, 255, 255, 255, 255, 7].repeat(300))),
        ("", rest(&[0xf5, 255, 255, 255, 255, 7])),
        ("cut short", [b"PAR1", &[0xff; 4][..], b"PAR1"].concat()),
        ("cut short", b"PAR1\0\0\0\0PAR2".to_vec()),
        ("it is encrypted", b"PAR1\0\0\0\0PARE".to_vec()),
    ];
    for (at, (reason, bytes)) in cases.into_iter().enumerate() {
        fs::write(&path, bytes).unwrap();
        let message = refusal(&path, NUMBERS);
        assert!(message.contains(reason), "{at}: {message}");
    }
}

#[cfg(unix)]
#[test]
fn claims_are_refused_before_they_cost_memory() {
    hostile::in_little_memory(250, "claims");
}

#[test]
fn very_many_columns_are_read_and_found_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wide.parquet");
    let columns: Vec<Column> = (0..20_000).map(|at| numbers(&format!("c{at}"))).collect();
    fs::write(&path, file(3, &columns)).unwrap();
    assert_eq!(read(&path, NUMBERS).unwrap(), 3);
    let names: Vec<String> = (0..20_000).rev().step_by(7).map(|at| format!("c{at}")).collect();
    assert_eq!(read(&path, Request { columns: Wanted::Named(&names), labelled: false }).unwrap(), 3);
}
