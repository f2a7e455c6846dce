//! Files of rows: plain, gzip or zstd, read piece by piece.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context as _;
use csv::{ByteRecord, StringRecord};

use super::digest;
use super::fault::Fault;
use super::mapping::FileRules;
use super::starts::{Counted as Lines, Starts};
use super::text::{Columns, FILE, Row};

/// A file to import.
#[derive(Debug)]
pub struct Source {
    /// Where it is.
    pub path: PathBuf,
    /// Its size on disk.
    pub size: u64,
    /// SHA-256 of what is on disk, in hex.
    pub digest: String,
    /// Parts of its name, with the prefix `file.`.
    pub parts: BTreeMap<String, String>,
    delimiter: u8,
    missing: Vec<String>,
}

/// The rows of a file, from its start.
pub struct Rows {
    reader: csv::Reader<Box<dyn Read + Send>>,
    /// The columns in order.
    pub headers: Vec<String>,
    /// Position of each column.
    pub columns: Columns,
    starts: Starts,
    read: Arc<AtomicU64>,
}

/// A row with its line.
#[derive(Debug)]
pub struct Line {
    /// Line of the file, from 1.
    pub number: u64,
    /// The cells.
    pub cells: StringRecord,
    /// Why the line cannot be read as a row, if so.
    pub fault: Option<String>,
}

impl Source {
    /// Looks at a file: its name, size and digest.
    pub fn open(path: &Path, rules: &FileRules) -> anyhow::Result<Self> {
        let cannot = || format!("cannot read {}", path.display());
        let file = File::open(path).with_context(cannot)?;
        let (size, digest) = digest::of(file).with_context(cannot)?;
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        Ok(Self {
            path: path.to_owned(),
            size,
            digest,
            delimiter: rules.delimiter.unwrap_or_else(|| by_name(&name)),
            parts: parts(&name, rules)?,
            missing: rules.missing.clone(),
        })
    }

    /// Reads it from the start.
    pub fn rows(&self) -> anyhow::Result<Rows> {
        let cannot = || format!("cannot read {}", self.path.display());
        let read = Arc::new(AtomicU64::new(0));
        let counted = Counted {
            file: File::open(&self.path).with_context(cannot)?,
            read: Arc::clone(&read),
        };
        let plain = decompressed(BufReader::new(counted)).with_context(cannot)?;
        let starts = Starts::default();
        let lines: Box<dyn Read + Send> = Box::new(Lines::new(plain, starts.clone()));
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(self.delimiter)
            .flexible(true)
            .from_reader(lines);
        let headers = reader.headers().with_context(cannot)?;
        let headers: Vec<String> = headers
            .iter()
            .map(|header| header.trim().to_owned())
            .collect();
        let columns: Columns = headers.iter().cloned().zip(0..).collect();
        if columns.len() < headers.len() {
            anyhow::bail!(
                "{} has two columns of the same name; its columns are {}",
                self.path.display(),
                headers.join(", ")
            );
        }
        Ok(Rows {
            reader,
            headers,
            columns,
            starts,
            read,
        })
    }

    /// A line as the mapping sees it.
    pub fn row<'a>(&'a self, line: &'a Line, columns: &'a Columns) -> Row<'a> {
        Row {
            record: &line.cells,
            columns,
            file: &self.parts,
            wide: None,
            missing: &self.missing,
        }
    }
}

impl Rows {
    /// The next lines, at most so many; none at the end.
    pub fn take(&mut self, most: usize) -> anyhow::Result<Vec<Line>> {
        let mut lines = Vec::with_capacity(most);
        let mut record = ByteRecord::new();
        while lines.len() < most && self.reader.read_byte_record(&mut record)? {
            let start = record.position().map_or(0, csv::Position::byte);
            let number = self.starts.line_from(start);
            let cells = record.len();
            let (cells, fault) = match StringRecord::from_byte_record(record) {
                Ok(text) if cells == self.headers.len() => (text, None),
                Ok(text) => (
                    text,
                    Some(format!(
                        "has {cells} cells where the header has {}",
                        self.headers.len()
                    )),
                ),
                Err(error) => (
                    lossy(&error.into_byte_record()),
                    Some("is not UTF-8 text".to_owned()),
                ),
            };
            lines.push(Line {
                number,
                cells,
                fault,
            });
            record = ByteRecord::new();
        }
        Ok(lines)
    }

    /// Bytes read of the file on disk.
    pub fn bytes(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }
}

impl Line {
    /// The row as it stands in the file, near enough to be found again.
    pub fn text(&self) -> String {
        let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
        let written = writer.write_record(&self.cells).is_ok();
        let bytes = writer.into_inner().unwrap_or_default();
        let text = if written {
            String::from_utf8(bytes).unwrap_or_default()
        } else {
            String::new()
        };
        text.trim_end().to_owned()
    }
}

fn lossy(record: &ByteRecord) -> StringRecord {
    record.iter().map(String::from_utf8_lossy).collect()
}

fn by_name(name: &str) -> u8 {
    let plain = name.trim_end_matches(".gz").trim_end_matches(".zst");
    if plain.ends_with(".tsv") { b'\t' } else { b',' }
}

/// Parts of a file name by the groups of the mapping's pattern.
fn parts(name: &str, rules: &FileRules) -> anyhow::Result<BTreeMap<String, String>> {
    let mut parts = BTreeMap::from([(format!("{FILE}name"), name.to_owned())]);
    if let Some(pattern) = &rules.name {
        let Some(found) = pattern.captures(name) else {
            let message = format!("the file `{name}` does not match `{pattern}`");
            return Err(Fault::new("file.name", &message).into());
        };
        for group in pattern.capture_names().flatten() {
            let text = found.name(group).map_or("", |part| part.as_str());
            parts.insert(format!("{FILE}{group}"), text.to_owned());
        }
    }
    Ok(parts)
}

struct Counted {
    file: File,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Undoes gzip or zstd, told by the first bytes rather than by the name.
fn decompressed<R: io::BufRead + Send + 'static>(
    mut packed: R,
) -> io::Result<Box<dyn Read + Send>> {
    const GZIP: [u8; 2] = [0x1f, 0x8b];
    const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
    let start = packed.fill_buf()?;
    if start.starts_with(&GZIP) {
        Ok(Box::new(BufReader::new(
            flate2::bufread::MultiGzDecoder::new(packed),
        )))
    } else if start.starts_with(&ZSTD) {
        Ok(Box::new(zstd::stream::read::Decoder::with_buffer(packed)?))
    } else {
        Ok(Box::new(packed))
    }
}

#[cfg(test)]
mod tests;
