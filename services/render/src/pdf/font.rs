//! The fonts of printed reports, and which characters they have.

use std::collections::HashSet;
use std::sync::LazyLock;

use typst::foundations::Bytes;
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;

const FILES: [&[u8]; 8] = [
    include_bytes!("../../fonts/NotoSerif-Regular.ttf"),
    include_bytes!("../../fonts/NotoSerif-Bold.ttf"),
    include_bytes!("../../fonts/NotoSerif-Italic.ttf"),
    include_bytes!("../../fonts/NotoSans-Regular.ttf"),
    include_bytes!("../../fonts/NotoSans-Bold.ttf"),
    include_bytes!("../../fonts/NotoSansCJKsc-Regular.otf"),
    include_bytes!("../../fonts/NotoSansCJKsc-Bold.otf"),
    include_bytes!("../../fonts/DejaVuSansMono.ttf"),
];

/// Fonts ready to be set.
pub(super) struct Case {
    pub(super) fonts: Vec<Font>,
    pub(super) book: LazyHash<FontBook>,
    characters: HashSet<u32>,
}

impl Case {
    /// Whether a character can be printed.
    pub(super) fn has(&self, character: char) -> bool {
        self.characters.contains(&u32::from(character))
    }
}

/// Read once, as the fonts never change.
pub(super) static CASE: LazyLock<Case> = LazyLock::new(|| {
    let fonts: Vec<Font> = FILES
        .iter()
        .flat_map(|file| Font::iter(Bytes::new(*file)))
        .collect();
    let characters = fonts
        .iter()
        .flat_map(|font| font.info().coverage.iter().collect::<Vec<_>>())
        .collect();
    Case {
        book: LazyHash::new(FontBook::from_fonts(&fonts)),
        fonts,
        characters,
    }
});
