//! Parquet files made by hand, which may claim anything.

/// Notes in Thrift's compact protocol.
#[derive(Default)]
pub struct Notes {
    bytes: Vec<u8>,
    last: u8,
}

impl Notes {
    fn head(&mut self, field: u8, kind: u8) {
        self.bytes.push((field - self.last) << 4 | kind);
        self.last = field;
    }

    pub fn int(mut self, field: u8, value: i64) -> Self {
        self.head(field, 6);
        self.bytes.extend(zigzag(value));
        self
    }

    pub fn text(mut self, field: u8, text: &str) -> Self {
        self.head(field, 8);
        self.bytes.extend(word(text));
        self
    }

    pub fn record(mut self, field: u8, notes: Notes) -> Self {
        self.head(field, 12);
        self.bytes.extend(notes.end());
        self
    }

    /// Elements of one kind: 5 are numbers, 8 texts, 12 records.
    pub fn list(mut self, field: u8, kind: u8, elements: Vec<Vec<u8>>) -> Self {
        self.head(field, 9);
        self.bytes.push(0xf0 | kind);
        self.bytes.extend(varint(elements.len() as u64));
        self.bytes.extend(elements.concat());
        self
    }

    /// Bytes as they are, for a field of a kind.
    pub fn raw(mut self, field: u8, kind: u8, bytes: &[u8]) -> Self {
        self.head(field, kind);
        self.bytes.extend(bytes);
        self
    }

    pub fn end(mut self) -> Vec<u8> {
        self.bytes.push(0);
        self.bytes
    }
}

pub fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7f {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

pub fn zigzag(value: i64) -> Vec<u8> {
    varint(((value << 1) ^ (value >> 63)) as u64)
}

fn word(text: &str) -> Vec<u8> {
    [varint(text.len() as u64), text.as_bytes().to_vec()].concat()
}

/// A page of values, with the sizes that its header claims; `None` is the truth.
pub struct Page {
    /// 0 is a page of data, 2 a dictionary.
    pub kind: i64,
    pub values: i64,
    pub encoding: i64,
    pub bytes: Vec<u8>,
    pub unpacked: Option<i64>,
    pub packed: Option<i64>,
}

impl Page {
    /// A page of so many values.
    pub fn new(values: i64, encoding: i64, bytes: Vec<u8>) -> Self {
        Self { kind: 0, values, encoding, bytes, unpacked: None, packed: None }
    }

    fn end(&self) -> Vec<u8> {
        let length = self.bytes.len() as i64;
        let notes = Notes::default().int(1, self.kind);
        let notes = notes.int(2, self.unpacked.unwrap_or(length)).int(3, self.packed.unwrap_or(length));
        let values = Notes::default().int(1, self.values).int(2, self.encoding);
        let notes = match self.kind {
            2 => notes.record(7, values),
            _ => notes.record(5, values.int(3, 3).int(4, 3)),
        };
        [notes.end(), self.bytes.clone()].concat()
    }
}

/// A column without nulls, and what its file claims of it.
pub struct Column {
    pub name: String,
    /// 5 are numbers of 64 bits, 6 texts.
    pub physical: i64,
    /// 0 is none, 1 Snappy, 6 Zstandard.
    pub codec: i64,
    pub pages: Vec<Page>,
    pub size: Option<i64>,
    pub start: Option<i64>,
}

impl Column {
    /// Numbers or texts, plain.
    pub fn new(name: &str, physical: i64, pages: Vec<Page>) -> Self {
        Self { name: name.to_owned(), physical, codec: 0, pages, size: None, start: None }
    }
}

/// A file of one group of rows.
pub fn file(rows: i64, columns: &[Column]) -> Vec<u8> {
    let root = Notes::default().text(4, "table").int(5, columns.len() as i64).end();
    let field = |column: &Column| Notes::default().int(1, column.physical).int(3, 0).text(4, &column.name).end();
    let mut bytes = b"PAR1".to_vec();
    let mut chunks = Vec::new();
    for column in columns {
        let start = bytes.len() as i64;
        column.pages.iter().for_each(|page| bytes.extend(page.end()));
        let size = column.size.unwrap_or(bytes.len() as i64 - start);
        let encodings = column.pages.iter().map(|page| zigzag(page.encoding)).collect();
        let notes = Notes::default().int(1, column.physical).list(2, 5, encodings);
        let notes = notes.list(3, 8, vec![word(&column.name)]).int(4, column.codec).int(5, rows);
        let notes = notes.int(6, size).int(7, size).int(9, column.start.unwrap_or(start));
        chunks.push(Notes::default().int(2, 0).record(3, notes).end());
    }
    let group = Notes::default().list(1, 12, chunks).int(2, bytes.len() as i64).int(3, rows).end();
    let schema = [vec![root], columns.iter().map(field).collect()].concat();
    let notes = Notes::default().int(1, 2).list(2, 12, schema).int(3, rows).list(4, 12, vec![group]);
    closed(bytes, &notes.end())
}

/// A file with this footer.
pub fn closed(mut bytes: Vec<u8>, footer: &[u8]) -> Vec<u8> {
    bytes.extend(footer);
    bytes.extend((footer.len() as u32).to_le_bytes());
    bytes.extend(b"PAR1");
    bytes
}

/// As many bytes of 0, in a frame of Zstandard that takes 4 bytes for 128 KiB of them.
pub fn zeros(blocks: usize) -> Vec<u8> {
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58];
    for block in 1..=blocks {
        let head = u32::from(block == blocks) | 1 << 1 | (128 << 10) << 3;
        frame.extend(&head.to_le_bytes()[..3]);
        frame.push(0);
    }
    frame
}
