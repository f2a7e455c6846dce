use std::io::Write as _;

use super::Source;
use crate::cli::import::mapping::FileRules;

const TABLE: &[u8] = b"code,name\nNA,Namibia\nCI,\"C\xc3\xb4te, d'Ivoire\"\n";

fn names(file: &str, bytes: &[u8]) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(file);
    std::fs::write(&path, bytes).expect("written");
    let source = Source::open(&path, &FileRules::default()).expect("opened");
    let mut rows = source.rows().expect("rows");
    let lines = rows.take(10).expect("lines");
    lines
        .iter()
        .map(|line| format!("{}:{}", line.number, &line.cells[1]))
        .collect()
}

#[test]
fn plain_gzip_and_zstd_read_the_same_whatever_the_name() {
    let expected = ["2:Namibia", "3:Côte, d'Ivoire"];
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(TABLE).expect("packed");
    let gzip = gzip.finish().expect("packed");
    let zstd = zstd::encode_all(TABLE, 3).expect("packed");
    assert_eq!(names("t.csv", TABLE), expected);
    assert_eq!(names("t.csv.gz", &gzip), expected);
    assert_eq!(names("t.csv.zst", &zstd), expected);
    assert_eq!(names("t.csv", &zstd), expected);
}

#[test]
fn a_tsv_is_split_at_tabs_and_a_byte_order_mark_is_no_part_of_the_first_column() {
    assert_eq!(
        names(
            "t.tsv",
            b"\xef\xbb\xbfcode\tname\nDE\tGermany, Federal Republic\n"
        ),
        ["2:Germany, Federal Republic"]
    );
}

#[test]
fn a_row_that_cannot_be_read_is_told_with_its_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.csv");
    std::fs::write(&path, b"a,b\n1,2\n3\n\xff,4\n").expect("written");
    let source = Source::open(&path, &FileRules::default()).expect("opened");
    let lines = source.rows().expect("rows").take(10).expect("lines");
    assert!(lines[0].fault.is_none());
    assert_eq!(
        lines[1].fault.as_deref(),
        Some("has 1 cells where the header has 2")
    );
    assert_eq!(lines[2].fault.as_deref(), Some("is not UTF-8 text"));
}

#[test]
fn lines_are_counted_alike_whatever_ends_them_and_whatever_cells_hold() {
    let table = "a,b\n1,one\n2,\"two\nlines\"\n\n3,three\n\"\n4\",four\n5,five\n";
    let expected = ["2:one", "3:two?lines", "6:three", "7:four", "9:five"];
    for end in ["\n", "\r\n", "\r"] {
        let told = names("t.csv", table.replace('\n', end).as_bytes());
        let told: Vec<String> = told.iter().map(|row| row.replace(end, "?")).collect();
        assert_eq!(told, expected, "{end:?}");
    }
}

#[test]
fn lines_are_counted_beyond_what_is_read_at_once() {
    let rows: String = (2..20_000).map(|line| format!("{line},x\r\n")).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.csv");
    std::fs::write(&path, format!("a,b\r\n{rows}")).expect("written");
    let source = Source::open(&path, &FileRules::default()).expect("opened");
    let lines = source.rows().expect("rows").take(30_000).expect("lines");
    assert_eq!(lines.len(), 19_998);
    for line in lines {
        assert_eq!(line.number.to_string(), line.cells[0]);
    }
}
