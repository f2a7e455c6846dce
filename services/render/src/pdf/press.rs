//! The world of the type setter: our files, our fonts, and the document as data.

use std::path::PathBuf;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Dict, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt as _, World};

use super::Unprintable;
use super::font::CASE;

/// The file that is set, and what it includes.
const FILES: [(&str, &str); 4] = [
    ("report.typ", include_str!("report.typ")),
    ("span.typ", include_str!("span.typ")),
    ("block.typ", include_str!("block.typ")),
    ("appendix.typ", include_str!("appendix.typ")),
];

/// All that one report is set from.
pub(super) struct Press {
    library: LazyHash<Library>,
    files: Vec<Source>,
    main: FileId,
}

impl Press {
    pub(super) fn new(document: Dict) -> Result<Self, Unprintable> {
        let mut files = Vec::new();
        for (name, text) in FILES {
            let path = VirtualPath::new(name)
                .map_err(|_| Unprintable::Failed(format!("{name} is no path")))?;
            let id = RootedPath::new(VirtualRoot::Project, path).intern();
            files.push(Source::new(id, text.to_owned()));
        }
        let main = files
            .first()
            .map(Source::id)
            .ok_or_else(|| Unprintable::Failed("there is no main file".to_owned()))?;
        Ok(Self {
            library: LazyHash::new(Library::builder().with_inputs(document).build()),
            files,
            main,
        })
    }
}

impl World for Press {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &CASE.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let found = self.files.iter().find(|file| file.id() == id);
        found
            .cloned()
            .ok_or_else(|| FileError::NotFound(PathBuf::from(id.get().vpath().get_without_slash())))
    }

    /// There are no files.
    fn file(&self, id: FileId) -> FileResult<Bytes> {
        Err(FileError::NotFound(PathBuf::from(
            id.get().vpath().get_without_slash(),
        )))
    }

    fn font(&self, index: usize) -> Option<Font> {
        CASE.fonts.get(index).cloned()
    }

    /// There is no clock.
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
