//! Ogg files taken apart and put together page by page.

/// A page.
#[derive(Debug, Clone)]
pub struct Page {
    /// 1: continues a packet, 2: first of its stream, 4: last.
    pub flags: u8,
    pub granule: i64,
    pub serial: u32,
    pub sequence: u32,
    pub segments: Vec<u8>,
    pub body: Vec<u8>,
}

impl Page {
    /// A page with whole packets.
    pub fn new(flags: u8, granule: i64, serial: u32, sequence: u32, packets: &[&[u8]]) -> Self {
        let lacing = |packet: &&[u8]| [vec![255; packet.len() / 255], vec![(packet.len() % 255) as u8]].concat();
        let segments = packets.iter().flat_map(lacing).collect();
        Self { flags, granule, serial, sequence, segments, body: packets.concat() }
    }

    /// The page as it stands in a file, with its checksum.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = [&b"OggS\0"[..], &[self.flags], &self.granule.to_le_bytes()].concat();
        bytes.extend([self.serial, self.sequence, 0].iter().flat_map(|field| field.to_le_bytes()));
        bytes.push(self.segments.len() as u8);
        bytes.extend(&self.segments);
        bytes.extend(&self.body);
        check(&mut bytes);
        bytes
    }

    /// The packets that end on the page, if none began before it.
    pub fn packets(&self) -> Vec<Vec<u8>> {
        let mut body = self.body.as_slice();
        let packets = self.segments.split_inclusive(|&len| len < 255).filter(|packet| packet.last() != Some(&255));
        packets
            .map(|packet| {
                let (data, rest) = body.split_at(packet.iter().map(|&len| usize::from(len)).sum());
                body = rest;
                data.to_vec()
            })
            .collect()
    }
}

/// The pages of a file.
pub fn pages(mut bytes: &[u8]) -> Vec<Page> {
    let mut pages = Vec::new();
    while bytes.starts_with(b"OggS") {
        let field = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|i: usize| bytes[at + i]));
        let (table, rest) = bytes[27..].split_at(usize::from(bytes[26]));
        let (body, rest) = rest.split_at(table.iter().map(|&len| usize::from(len)).sum());
        pages.push(Page {
            flags: bytes[5],
            granule: (i64::from(field(10)) << 32) | i64::from(field(6)),
            serial: field(14),
            sequence: field(18),
            segments: table.to_vec(),
            body: body.to_vec(),
        });
        bytes = rest;
    }
    pages
}

/// A file of pages.
pub fn file(pages: &[Page]) -> Vec<u8> {
    pages.iter().flat_map(Page::bytes).collect()
}

/// Headers on one page each, then pages of at most `count` packets; `granules` counts the packets that are done.
pub fn stream(
    serial: u32,
    headers: &[&[u8]],
    packets: &[Vec<u8>],
    count: usize,
    granule: impl Fn(usize) -> i64,
) -> Vec<Page> {
    let header = |(i, packet): (usize, &&[u8])| Page::new(if i == 0 { 2 } else { 0 }, 0, serial, i as u32, &[packet]);
    let mut pages: Vec<Page> = headers.iter().enumerate().map(header).collect();
    let mut done = 0;
    for group in packets.chunks(count) {
        done += group.len();
        let flags = if done == packets.len() { 4 } else { 0 };
        let packets: Vec<&[u8]> = group.iter().map(Vec::as_slice).collect();
        pages.push(Page::new(flags, granule(done), serial, pages.len() as u32, &packets));
    }
    pages
}

/// Puts the checksum of a page right.
pub fn check(page: &mut [u8]) {
    page[22..26].fill(0);
    let checksum = checksum(page);
    page[22..26].copy_from_slice(&checksum.to_le_bytes());
}

/// The checksum of a page, bit by bit.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |sum: u32, &byte| {
        (0..8).fold(sum ^ u32::from(byte) << 24, |sum, _| sum << 1 ^ if sum >> 31 == 1 { 0x04c1_1db7 } else { 0 })
    })
}
