//! The printed report against the page: the same figures with the same numbers, in the same
//! order.

use crate::reporting_figure::printed;

/// What stands between a printed figure and the number of its note, and nowhere else.
const NARROW: char = '\u{202F}';

/// Checks that a file prints each figure that the page prints, and no other one.
pub fn prints_what_the_page_prints(page: &str, file: &[u8]) {
    let text = pdf_extract::extract_text_from_mem(file).expect("a file with text");
    let fault = disagreement(page, &text);
    assert!(fault.is_none(), "{}", fault.unwrap_or_default());
}

/// The first figure in which the text of a file differs from a page; nothing where they agree.
fn disagreement(page: &str, text: &str) -> Option<String> {
    let on_page = printed(page);
    let parts: Vec<_> = text.split(NARROW).collect();
    let pairs = parts.windows(2);
    for (place, ((number, said), pair)) in on_page.iter().zip(pairs).enumerate() {
        let note: String = pair[1]
            .trim_start()
            // Behind a bare number the note stands in brackets.
            .trim_start_matches('(')
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        if !squeezed(pair[0]).ends_with(&squeezed(&unescaped(said))) || note != number.to_string() {
            let end: Vec<_> = pair[0].chars().rev().take(60).collect();
            let end: String = end.into_iter().rev().collect();
            return Some(format!(
                "place {place}: the page has `{said}` with note {number}, the print has `{end}` with note {note}"
            ));
        }
    }
    let (here, there) = (on_page.len(), parts.len() - 1);
    if here != there {
        return Some(format!("the page prints {here} figures, the file {there}"));
    }
    records(page, parts.last().copied().unwrap_or_default())
}

/// The first record of the page that does not stand in the last part of a file, in its turn.
fn records(page: &str, text: &str) -> Option<String> {
    let text = squeezed(text);
    let mut rest = text.as_str();
    for record in page.split("<li id=\"c").skip(1) {
        let number = record.split('"').next().unwrap_or_default();
        let said = record.split("<strong>").nth(1).unwrap_or_default();
        let said = said.split("</strong>").next().unwrap_or_default();
        let head = format!("{number}{}", squeezed(&unescaped(said)));
        match rest.split_once(&head) {
            Some((_, behind)) => rest = behind,
            None => return Some(format!("the file has no record {number}: {said}")),
        }
    }
    None
}

/// Without spaces and the places where a line may end.
fn squeezed(text: &str) -> String {
    let shown = |character: &char| !character.is_whitespace() && *character != '\u{200B}';
    text.chars().filter(shown).collect()
}

fn unescaped(text: &str) -> String {
    let signs = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&amp;", "&"),
    ];
    signs.iter().fold(text.to_owned(), |text, (code, sign)| {
        text.replace(code, sign)
    })
}

#[test]
fn a_figure_that_is_dropped_or_altered_or_moved_is_found() {
    let page = "<p><a class=\"figure\" id=\"f1\" href=\"#c1\">&lt; 5%<sup>1</sup></a> and \
                <a class=\"figure\" id=\"f2\" href=\"#c2\">45.5 trillion</a></p>\
                <li id=\"c1\" value=\"1\"><p class=\"what\"><strong>&lt; 5%</strong></p></li>\
                <li id=\"c2\" value=\"2\"><p class=\"what\"><strong>45.5 trillion</strong></p></li>";
    let print = "It is < 5% \u{202F}1 and 45.5\ntrillion \u{202F} 2.\nFigures\n1 < 5% p. 1\n2 45.5 trillion p. 1";
    assert_eq!(disagreement(page, print), None);
    for (what, with) in [
        ("< 5% \u{202F}1 and ", ""),
        ("and 45.5\ntrillion \u{202F} 2", ""),
        ("45.5\ntrillion \u{202F} 2", "45.6\ntrillion \u{202F} 2"),
        ("45.5\ntrillion \u{202F} 2", "45.5\ntrillion \u{202F} 1"),
        ("2.\nFigures", "2, 7% \u{202F}3.\nFigures"),
        ("2 45.5 trillion p. 1", ""),
        ("1 < 5% p. 1", "1 < 6% p. 1"),
    ] {
        assert!(print.contains(what), "{what}");
        let other = print.replace(what, with);
        assert!(disagreement(page, &other).is_some(), "{other}");
    }
}
