//! How large an error is as it travels.
//!
//! It is sent in HTTP/2 headers, where the message is percent-encoded and the details are in
//! Base64. Clients refuse a list of headers that is larger than they like, and then lose the
//! whole error: those in Java like 8,192 bytes.

use http::HeaderMap;
use tonic::Status;

/// The list of headers that every client reads.
const HEADER_LIST: usize = 8192;
/// Room for headers that are not the error's, such as `:status`, `content-type` and `date`.
const OTHERS: usize = 512;
/// What HTTP/2 counts for each header beside its name and its value: RFC 9113, 6.5.2.
const OVERHEAD: usize = 32;

/// Of a message, which is sent twice: the details have it too.
const MESSAGE: usize = 3500;
/// Of one text within the details, where a letter of Chinese has three bytes.
const TEXT: usize = 600;
/// Of a name or a path within the details.
const NAME: usize = 300;
/// More violations than fit, however short they are.
const MOST: usize = 200;

/// What tells that a text was cut.
const CUT: char = '…';

/// The status that `make` gives for as many violations, of `all`, as can be sent.
pub fn largest(all: usize, make: impl Fn(usize) -> Status) -> Status {
    let most = all.min(MOST);
    let whole = make(most);
    if header_list(&whole) <= HEADER_LIST - OTHERS {
        return whole;
    }
    let (mut fits, mut exceeds) = (0, most);
    while exceeds - fits > 1 {
        let middle = fits.midpoint(exceeds);
        if header_list(&make(middle)) <= HEADER_LIST - OTHERS {
            fits = middle;
        } else {
            exceeds = middle;
        }
    }
    make(fits)
}

/// Bytes of a status in the list of headers, as HTTP/2 counts them.
fn header_list(status: &Status) -> usize {
    let mut headers = HeaderMap::new();
    if status.add_header(&mut headers).is_err() {
        return usize::MAX;
    }
    let sizes = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + OVERHEAD);
    sizes.sum()
}

/// A message, cut to what is sent of it.
pub fn cut_message(message: &str) -> String {
    cut(message, MESSAGE, |letter| {
        let bytes = letter.len_utf8();
        // Nothing but these is certain to be sent as it is.
        let percent = if letter.is_ascii_alphanumeric() {
            1
        } else {
            3 * bytes
        };
        percent + (4 * bytes).div_ceil(3)
    })
}

/// A sentence within the details, cut to what is sent of it.
pub fn cut_text(text: &str) -> String {
    cut(text, TEXT, char::len_utf8)
}

/// A name or a path, cut to what is sent of it.
pub fn cut_name(name: &str) -> String {
    cut(name, NAME, char::len_utf8)
}

/// The beginning of a text that takes `room`, with a sign that there was more.
fn cut(text: &str, room: usize, size: impl Fn(char) -> usize) -> String {
    let mut taken = 0;
    let mut kept = 0;
    for (at, letter) in text.char_indices() {
        if taken + size(CUT) <= room {
            kept = at;
        }
        taken += size(letter);
        if taken > room {
            return format!("{}{CUT}", &text[..kept]);
        }
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tonic_types::{ErrorDetails, StatusExt as _};

    use super::*;
    use crate::{Error, Reason, Violation};

    fn text(most: usize) -> impl Strategy<Value = String> {
        let letters = prop_oneof![
            "[a-z0-9.\\[\\]]",
            "[ `{}?\"<>#%]",
            "[京上海国家统计局]",
            "[\\x00-\\u{10ffff}]"
        ];
        // A name has its own strokes, which part the collection from the id.
        (letters, 0..most).prop_map(|(letter, times)| letter.replace('/', "-").repeat(times))
    }

    fn violation() -> impl Strategy<Value = Violation> {
        (text(3000), text(3000)).prop_map(|(field, message)| {
            Violation::new(Reason::QuantityContradictory, field, message)
        })
    }

    fn details(error: Error) -> (Status, ErrorDetails) {
        let status = Status::from(error);
        let size = header_list(&status);
        assert!(size + OTHERS <= HEADER_LIST, "{size} bytes are sent");
        let details = status.get_error_details();
        (status, details)
    }

    proptest! {
        #[test]
        fn no_error_is_too_large_and_every_one_tells_what_it_leaves_out(
            violations in prop_oneof![
                prop::collection::vec(violation(), 1..20),
                (violation(), 1..10_000_usize).prop_map(|(one, times)| vec![one; times]),
            ],
            name in text(3000),
        ) {
            let all = violations.len();
            let mut violations = violations;
            violations[0].resource = Some(format!("entities/{name}"));
            let (status, details) = details(Error::invalid(violations));
            prop_assert!(details.error_info().is_some() && details.resource_info().is_some());
            let listed = details.bad_request().map_or(0, |bad| bad.field_violations.len());
            prop_assert!(listed >= 1);
            let told = format!("; {} of {all} faults are not listed", all - listed);
            prop_assert_eq!(status.message().ends_with(&told), listed < all);
        }

        #[test]
        fn no_error_about_a_resource_is_too_large(name in text(9000), message in text(9000)) {
            let name = format!("series/{name}");
            let (_, details) = details(Error::about(Reason::SeriesNotFound, name, message));
            prop_assert!(details.resource_info().is_some());
        }

        #[test]
        fn a_text_is_cut_between_letters_and_only_where_it_is_too_long(whole in text(500)) {
            let kept = cut_name(&whole);
            prop_assert!(kept.len() <= NAME);
            match kept.strip_suffix(CUT) {
                Some(start) if whole.len() > NAME => prop_assert!(whole.starts_with(start)),
                _ => prop_assert_eq!(kept, whole),
            }
        }
    }

    #[test]
    fn short_violations_are_listed_as_long_as_there_is_room() {
        let violations = (0..1000).map(|row| {
            Violation::new(
                Reason::FieldRequired,
                format!("rows[{row}].name"),
                "is required",
            )
        });
        let (status, details) = details(Error::invalid(violations.collect()));
        let listed = details
            .bad_request()
            .map_or(0, |bad| bad.field_violations.len());
        assert!(listed > 60, "{listed}");
        let told = format!("; {} of 1000 faults are not listed", 1000 - listed);
        assert!(status.message().ends_with(&told), "{}", status.message());
    }
}
