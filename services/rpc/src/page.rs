use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::seal::SEAL;
use crate::token::Stamp;
use crate::{Error, Reason, Result, Sealer};

/// Largest page of the lists that do not say otherwise.
const MAX: i32 = 1000;
const DEFAULT: i32 = 100;
const BINDING: usize = 8;

/// A page that a client asks for: how many rows, after which position, at which commit.
#[derive(Debug)]
pub struct PageRequest {
    /// Rows to return.
    pub size: usize,
    /// Keys of the last row of the page before, in the order of the list.
    pub after: Option<Vec<String>>,
    /// Commit that the first page was read at; later pages keep it.
    pub commit: Option<i64>,
    /// Commit of another service that the first page was read beside; later pages keep that
    /// too. Nothing where there is none.
    pub beside: Option<Stamp>,
    binding: [u8; BINDING],
    sealer: Sealer,
}

/// Rows of a page and where the next one begins.
#[derive(Debug)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Token of the next page; empty at the end.
    pub next_page_token: String,
}

/// What is wrong with a token that a client gave back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// It is not one of this list with these arguments.
    Foreign,
    /// It is from before the database was restored.
    Expired,
}

impl PageRequest {
    /// Reads size and token. `arguments` are all other arguments of the list: a token is
    /// good only with the ones it was made for, and only where `sealer` made it.
    pub fn read(size: usize, token: &str, arguments: &[&str], sealer: &Sealer) -> Result<Self> {
        Self::open(size, token, arguments, sealer).map_err(|unusable| {
            let message = match unusable {
                Unusable::Foreign => {
                    "is not a token of this list with these arguments; start again without it"
                }
                Unusable::Expired => {
                    "is from before the database was restored; start again without it"
                }
            };
            Error::field(Reason::PageTokenInvalid, "page_token", message)
        })
    }

    /// Like [`Self::read`], for tokens that are called something else.
    pub fn open(
        size: usize,
        token: &str,
        arguments: &[&str],
        sealer: &Sealer,
    ) -> Result<Self, Unusable> {
        let mut request = Self {
            size,
            after: None,
            commit: None,
            beside: None,
            binding: binding(arguments),
            sealer: sealer.clone(),
        };
        if !token.is_empty() {
            let place = request.place(token).ok_or(Unusable::Foreign)?;
            if place.epoch != sealer.epoch() {
                return Err(Unusable::Expired);
            }
            request.commit = Some(place.commit);
            request.beside = place.beside;
            request.after = Some(place.keys);
        }
        Ok(request)
    }

    /// Makes a page of `rows`, which hold one row more than asked for if there is more. Ends
    /// it early where its rows, of so many `bytes` each, would not fit into an answer.
    pub fn page<T>(
        &self,
        mut rows: Vec<T>,
        commit: i64,
        keys: impl Fn(&T) -> Vec<String>,
        bytes: impl Fn(&T) -> usize,
    ) -> Page<T> {
        let mut room = Room::default();
        let fitting = rows.iter().take_while(|row| room.take(bytes(row))).count();
        let more = rows.len() > fitting.min(self.size);
        rows.truncate(fitting.min(self.size));
        let next_page_token = match rows.last() {
            Some(last) if more => self.token(commit, &keys(last)),
            _ => String::new(),
        };
        Page {
            rows,
            next_page_token,
        }
    }

    /// A token that continues after `keys`.
    pub fn token(&self, commit: i64, keys: &[String]) -> String {
        let mut body = self.binding.to_vec();
        body.extend(self.sealer.epoch().to_be_bytes());
        body.extend(commit.to_be_bytes());
        let beside = self.beside.map(Stamp::to_bytes).unwrap_or_default();
        for part in std::iter::once(beside.as_slice()).chain(keys.iter().map(String::as_bytes)) {
            body.extend((part.len() as u32).to_be_bytes());
            body.extend(part);
        }
        body.extend(self.sealer.seal(&[b"page", &body]));
        URL_SAFE_NO_PAD.encode(body)
    }

    fn place(&self, token: &str) -> Option<Place> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (body, seal) = bytes.split_at_checked(bytes.len().checked_sub(SEAL)?)?;
        if seal != self.sealer.seal(&[b"page", body]) {
            return None;
        }
        let (binding, rest) = body.split_first_chunk::<BINDING>()?;
        let (epoch, rest) = rest.split_first_chunk::<8>()?;
        let (commit, mut rest) = rest.split_first_chunk::<8>()?;
        if *binding != self.binding {
            return None;
        }
        let mut parts = Vec::new();
        while let Some((length, tail)) = rest.split_first_chunk::<4>() {
            let (part, tail) = tail.split_at_checked(u32::from_be_bytes(*length) as usize)?;
            parts.push(part);
            rest = tail;
        }
        let (beside, keys) = parts.split_first()?;
        let keys = keys.iter().map(|key| String::from_utf8(key.to_vec()).ok());
        Some(Place {
            epoch: i64::from_be_bytes(*epoch),
            commit: i64::from_be_bytes(*commit),
            beside: Stamp::from_bytes(beside),
            keys: keys.collect::<Option<_>>()?,
        })
    }
}

/// What a token says.
struct Place {
    epoch: i64,
    commit: i64,
    beside: Option<Stamp>,
    keys: Vec<String>,
}

/// Largest answer in bytes, before compression: clients take 4 MiB by default.
pub const ANSWER_BYTES: usize = 3_670_016;

/// Room for the rows of one answer.
#[derive(Debug)]
pub struct Room {
    left: usize,
    empty: bool,
}

impl Default for Room {
    fn default() -> Self {
        // Tokens, and what else an answer has beside its rows.
        const FRAME: usize = 32 * 1024;
        Self {
            left: ANSWER_BYTES - FRAME,
            empty: true,
        }
    }
}

impl Room {
    /// Takes room for a row of so many encoded bytes, if there is. The first row always goes
    /// in: no single one is larger than an answer.
    pub fn take(&mut self, bytes: usize) -> bool {
        // Tag and length of the row as a field.
        const FIELD: usize = 6;
        let fits = self.empty || bytes + FIELD <= self.left;
        self.left = self.left.saturating_sub(bytes + FIELD);
        self.empty = false;
        fits
    }

    /// The bytes that are left.
    pub fn left(&self) -> usize {
        self.left
    }
}

/// The rows to return for a `page_size`: 0 is the default, too many are clamped.
pub fn page_size(asked: i32) -> Result<usize> {
    page_size_of(asked, DEFAULT, MAX)
}

/// Like [`page_size`], for lists with another default and maximum.
pub fn page_size_of(asked: i32, default: i32, max: i32) -> Result<usize> {
    match asked {
        0 => Ok(default as usize),
        1.. => Ok(asked.min(max) as usize),
        _ => Err(Error::field(
            Reason::FieldInvalid,
            "page_size",
            "is negative; use 0 for the default",
        )),
    }
}

fn binding(arguments: &[&str]) -> [u8; BINDING] {
    let mut hash = Sha256::new();
    for argument in arguments {
        hash.update((argument.len() as u64).to_be_bytes());
        hash.update(argument);
    }
    let digest = hash.finalize();
    std::array::from_fn(|i| digest[i])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Part;

    fn sealer(key: &str, epoch: i64) -> Sealer {
        Sealer::new(Part::Metrics, key.as_bytes(), epoch)
    }

    fn read(token: &str, arguments: &[&str], key: &str) -> Result<PageRequest> {
        PageRequest::read(10, token, arguments, &sealer(key, 1))
    }

    proptest! {
        #[test]
        fn a_token_continues_where_it_was_made(
            commit in 0..i64::MAX,
            beside in prop::option::of(0..i64::MAX),
            keys in prop::collection::vec(".{0,20}", 0..4),
        ) {
            let mut first = read("", &["series", "a"], "here").unwrap();
            first.beside = beside.map(|commit| sealer("registry", 1).stamp([1; 16], commit));
            let next = read(&first.token(commit, &keys), &["series", "a"], "here").unwrap();
            prop_assert_eq!((next.commit, next.beside), (Some(commit), first.beside));
            prop_assert_eq!(next.after, Some(keys));
        }

        #[test]
        fn any_text_is_a_token_or_refused(text in ".{0,80}") {
            if let Err(error) = read(&text, &[], "here") {
                prop_assert_eq!(error.reason(), Reason::PageTokenInvalid);
            }
        }
    }

    #[test]
    fn a_token_is_refused_with_other_arguments_elsewhere_and_after_a_restore() {
        let token = read("", &["series", "a"], "here")
            .unwrap()
            .token(7, &["x".into()]);
        for (arguments, key) in [(["series", "b"], "here"), (["series", "a"], "away")] {
            let refused = read(&token, &arguments, key).unwrap_err();
            assert_eq!(refused.reason(), Reason::PageTokenInvalid);
        }
        let restored = PageRequest::open(10, &token, &["series", "a"], &sealer("here", 2));
        assert_eq!(restored.unwrap_err(), Unusable::Expired);
    }

    #[test]
    fn a_full_page_has_a_next_one_only_if_there_is_more() {
        let request = PageRequest::read(2, "", &[], &sealer("here", 1)).unwrap();
        let page = |rows| request.page(rows, 1, |n: &i32| vec![n.to_string()], |_| 1);
        assert!(page(vec![1, 2]).next_page_token.is_empty());
        let first = page(vec![1, 2, 3]);
        assert_eq!(first.rows, [1, 2]);
        assert!(!first.next_page_token.is_empty());
    }

    #[test]
    fn a_page_ends_before_it_is_larger_than_an_answer() {
        let request = PageRequest::read(10, "", &[], &sealer("here", 1)).unwrap();
        let page = |rows| request.page(rows, 1, |n: &usize| vec![n.to_string()], |n| *n);
        let half = ANSWER_BYTES / 2;
        let first = page(vec![half, half - 100_000, half]);
        assert_eq!(first.rows.len(), 2);
        assert!(!first.next_page_token.is_empty());
        let one = page(vec![ANSWER_BYTES * 2, 1]);
        assert_eq!(one.rows.len(), 1);
    }
}
