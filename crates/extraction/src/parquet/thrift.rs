//! The notes in a Parquet file, looked through without believing them: structs in Thrift's compact protocol
//! (<https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>).

use parquet::errors::{ParquetError, Result};

/// Structs and lists that lie in each other, at most; Parquet's own lie ten deep.
const DEPTH: usize = 32;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// A truth value, 0 or 1.
    Bool,
    /// A whole number.
    Int,
    /// Bytes; the value is how many.
    Binary,
    /// A list; the value is its length.
    List,
    /// A struct.
    Struct,
    /// Anything else of a fixed length.
    Other,
}

/// Why a walk ended early.
#[derive(Debug)]
pub enum Halt {
    /// The bytes end before the struct does.
    Short,
    /// It can't be right.
    Refused(ParquetError),
}

/// For what can't be right.
pub fn refuse<T>(reason: impl Into<String>) -> std::result::Result<T, Halt> {
    Err(Halt::Refused(ParquetError::General(reason.into())))
}

/// Who is told of fields: of the numbers that lead to one, what it holds and its value.
pub type See<'a> = dyn FnMut(&[u8], Held, i64) -> std::result::Result<(), Halt> + 'a;

/// Walks the struct that `bytes` begin with, and gives its length in bytes. `see` is told of each field in
/// its order. Elements of a list are told like the list.
///
/// Stricter than the protocol, as all writers are: numbers of fields ascend, lists hold no truth values, and there are no maps.
/// A reader that is less strict then reads the same.
pub fn walk(bytes: &[u8], see: &mut See<'_>) -> std::result::Result<usize, Halt> {
    let mut walk = Walk { bytes, at: 0, see };
    walk.fields(&mut Vec::new(), 0)?;
    Ok(walk.at)
}

/// For a struct that must be whole.
pub fn whole<T>(walked: std::result::Result<T, Halt>) -> Result<T> {
    walked.map_err(|halt| match halt {
        Halt::Short => ParquetError::EOF("the notes in it end too early".to_owned()),
        Halt::Refused(error) => error,
    })
}

struct Walk<'a, 'b> {
    bytes: &'a [u8],
    at: usize,
    see: &'b mut See<'b>,
}

impl Walk<'_, '_> {
    fn fields(&mut self, path: &mut Vec<u8>, depth: usize) -> std::result::Result<(), Halt> {
        if depth > DEPTH {
            return refuse("the notes in it are nested too deeply");
        }
        let mut number = 0u8;
        loop {
            let head = self.byte()?;
            let (step, kind) = (head >> 4, head & 0x0f);
            if kind == 0 {
                return Ok(());
            }
            number = match number.checked_add(step) {
                Some(next) if step > 0 => next,
                _ => return refuse("the numbers of the notes in it don't ascend"),
            };
            path.push(number);
            self.value(kind, path, depth)?;
            path.pop();
        }
    }

    fn value(&mut self, kind: u8, path: &mut Vec<u8>, depth: usize) -> std::result::Result<(), Halt> {
        match kind {
            1 | 2 => (self.see)(path, Held::Bool, (kind == 1).into()),
            3 => self.skip(path, Held::Other, 1),
            4..=6 => {
                let bits = self.varint()?;
                (self.see)(path, Held::Int, (bits >> 1) as i64 ^ -((bits & 1) as i64))
            }
            7 => self.skip(path, Held::Other, 8),
            8 => {
                let length = self.varint()?;
                self.skip(path, Held::Binary, length)
            }
            9 => self.list(path, depth),
            12 => {
                (self.see)(path, Held::Struct, 0)?;
                self.fields(path, depth + 1)
            }
            13 => self.skip(path, Held::Other, 16),
            _ => refuse("the notes in it hold what no Parquet file does"),
        }
    }

    fn list(&mut self, path: &mut Vec<u8>, depth: usize) -> std::result::Result<(), Halt> {
        let head = self.byte()?;
        let length = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
        // An element takes a byte at least.
        if length > (self.bytes.len() - self.at) as u64 {
            return Err(Halt::Short);
        }
        (self.see)(path, Held::List, length as i64)?;
        match head & 0x0f {
            1 | 2 if length > 0 => refuse("the notes in it hold what no Parquet file does"),
            9 if depth >= DEPTH => refuse("the notes in it are nested too deeply"),
            kind => (0..length).try_for_each(|_| self.value(kind, path, depth + 1)),
        }
    }

    /// Tells of a value of that many bytes and passes over it.
    fn skip(&mut self, path: &[u8], held: Held, length: u64) -> std::result::Result<(), Halt> {
        if length > (self.bytes.len() - self.at) as u64 {
            return Err(Halt::Short);
        }
        self.at += length as usize;
        (self.see)(path, held, length as i64)
    }

    fn byte(&mut self) -> std::result::Result<u8, Halt> {
        let byte = *self.bytes.get(self.at).ok_or(Halt::Short)?;
        self.at += 1;
        Ok(byte)
    }

    fn varint(&mut self) -> std::result::Result<u64, Halt> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        refuse("a number in it is too long")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a struct its length, and of each field what is told of it.
    type Seen = (usize, Vec<(Vec<u8>, Held, i64)>);

    fn seen(bytes: &[u8]) -> std::result::Result<Seen, Halt> {
        let mut seen = Vec::new();
        let length = walk(bytes, &mut |path, held, value| {
            seen.push((path.to_vec(), held, value));
            Ok(())
        })?;
        Ok((length, seen))
    }

    #[test]
    fn fields_are_told_with_the_way_to_them() {
        // 1: -3, 2: [{1: true}, {}], 4: "ab", and a byte that follows.
        let (length, fields) = seen(&[0x15, 5, 0x19, 0x2c, 0x11, 0, 0, 0x28, 2, b'a', b'b', 0, 9]).unwrap();
        assert_eq!(length, 12);
        let told = [(vec![1], Held::Int, -3), (vec![2], Held::List, 2), (vec![2], Held::Struct, 0)];
        assert_eq!(fields[..3], told);
        let told = [(vec![2, 1], Held::Bool, 1), (vec![2], Held::Struct, 0), (vec![4], Held::Binary, 2)];
        assert_eq!(fields[3..], told);
    }

    #[test]
    fn what_ends_too_early_is_short_and_what_cannot_be_is_refused() {
        for short in [&[][..], &[0x15], &[0x15, 0x80], &[0x18, 9, 1], &[0x19, 0xf5, 0xff, 0xff, 3], &[0x1c, 0]] {
            assert!(matches!(seen(short), Err(Halt::Short)), "{short:?}");
        }
        let deep = [0x1c; 1_000_000];
        let lists = [&[0x19][..], &[0x19; 1_000_000]].concat();
        // A number that starts anew, a list of truth values, a map, and a number of eleven bytes.
        for wrong in [
            &[0x05, 2, 0][..],
            &[0x19, 0x12, 0],
            &[0x1b, 0],
            &[0x15, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255],
            &deep,
            &lists,
        ] {
            assert!(matches!(seen(wrong), Err(Halt::Refused(_))), "{:?}", &wrong[..3]);
        }
    }
}
