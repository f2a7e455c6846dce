//! Writes a document with every kind of block, to be looked at: a page; a printed report
//! where the name of the file ends in `.pdf`; each drawing alone where it ends in `.svg`.
//! A second argument is the language of what the renderer itself says.

mod drawn;
mod said;
mod told;
mod world;

use figure::{Bound, Decimal, Period};
use render::{
    Block, Claim, Computation, Document, Figure, FigureRef, Mark, Name, Note, Release, Remark,
    Role, Section,
};

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let target = arguments
        .next()
        .unwrap_or_else(|| "/tmp/sample.html".to_owned());
    let language = arguments.next().unwrap_or_else(|| "en".to_owned());
    let document = document(&language);
    if target.ends_with(".pdf") {
        let printed = render::pdf(&document).map_err(std::io::Error::other)?;
        return std::fs::write(target, printed);
    }
    let Some(stem) = target.strip_suffix(".svg") else {
        return std::fs::write(target, render::html(&document));
    };
    let blocks = document.sections.iter().flat_map(|section| &section.blocks);
    let drawings = blocks.filter_map(|block| render::drawing(block, &language));
    for (number, drawing) in (1..).zip(drawings) {
        std::fs::write(format!("{stem}-{number}.svg"), drawing)?;
    }
    Ok(())
}

const PRINTED: [&str; 14] = [
    "31.3 trillion CNY",
    "45.5 trillion CNY",
    "47.94 trillion CNY",
    "34.8%",
    "39.8%",
    "7.8%",
    "10%",
    "2.44 trillion CNY",
    "5.4%",
    "9,550 billion CNY",
    "2,479 billion CNY",
    "3.85",
    "more than 200,000",
    "about 390,000",
];

fn document(language: &str) -> Document {
    let mut document = Document {
        title: "China’s digital economy".to_owned(),
        subtitle: "How big it is said to be, by whom, and how far the figures agree.".to_owned(),
        lang: language.to_owned(),
        imprint: vec!["Made from the template china-digital-economy, revision 1.".to_owned()],
        figures: (0..)
            .zip(PRINTED)
            .map(|(index, text)| record(index, text))
            .collect(),
        claims: (0..PRINTED.len()).map(claim).collect(),
        releases: vec![
            release("Chinese Digitalization and Innovation"),
            release(
                "China Resilience: China's booming digital economy gives boost to international cooperation",
            ),
            release("How the UK can help China’s digital transformation"),
        ],
        ..Document::default()
    };
    let drawn = drawn::sections(&mut document);
    document.sections = [said::size(), said::share(), said::core(), said::counts()].into();
    document.sections.extend(drawn);
    document.sections.extend([
        told::contradictions(),
        told::checks(),
        told::who(),
        told::revisions(),
        told::sources(),
    ]);
    document
}

fn record(index: usize, text: &str) -> Figure {
    let computation = (7..9).contains(&index).then(|| Computation {
        arithmetic: "47.94 trillion CNY − 45.5 trillion CNY".to_owned(),
        expression: format!("{} - {}", claim_name(2), claim_name(1)),
        verdict: "one number".to_owned(),
        interval: "exactly 2,440,000,000,000 CNY; rounding can move it by 55,000,000,000"
            .to_owned(),
        caveats: vec!["CONTESTED_INPUT".to_owned()],
    });
    Figure {
        text: text.to_owned(),
        claims: if computation.is_some() {
            vec![1, 2]
        } else {
            vec![index]
        },
        computation,
        alternatives: u32::from(index == 1 || index == 2),
        ..Figure::default()
    }
}

fn claim_name(index: usize) -> String {
    let series = "e652546995e38fc21a864985740e0d83";
    let (year, hash) = (10 + index, (index + 1) * 0x0123_4567_89ab);
    format!("series/{series}/claims/20{year:02}.{hash:012x}")
}

fn claim(index: usize) -> Claim {
    Claim {
        name: claim_name(index),
        subject: "Size of the digital economy, China 中国, 2021".to_owned(),
        as_published: "45.5 trillion".to_owned(),
        nature: "stated".to_owned(),
        source: name("China Resilience", None),
        originator: Some(name("China Internet Development Report 2022", None)),
        release: (index % 3) as u32 + 1,
        places: Vec::new(),
        quotes: vec!["came to 45.5 trillion yuan in 2021".to_owned()],
        notes: vec![Note {
            said: "period inferred from the date of publication".to_owned(),
            ..Note::default()
        }],
        ..Claim::default()
    }
}

fn release(title: &str) -> Release {
    Release {
        name: "releases/brp-china-resilience-2022".to_owned(),
        title: title.to_owned(),
        publisher: "Belt and Road Portal".to_owned(),
        authors: vec!["Tim Luan".to_owned()],
        published: "2022-12-22".to_owned(),
        published_basis: remark("“Updated” line"),
        interest: remark("Author is Director of Innoway and writes about Innoway."),
        url: "https://focus.cbbc.org/how-the-uk-and-china-can-work-together-to-promote-digital-transformation/".to_owned(),
        ..Release::default()
    }
}

fn remark(text: &str) -> Remark {
    Remark {
        text: text.to_owned(),
        ..Remark::default()
    }
}

fn name(text: &str, other: Option<&str>) -> Name {
    Name {
        text: text.to_owned(),
        language: "en".to_owned(),
        other: other.map(|text| (text.to_owned(), "zh".to_owned())),
    }
}

fn figure(number: u32) -> FigureRef {
    FigureRef {
        number,
        text: PRINTED[number as usize - 1].to_owned(),
    }
}

fn section(id: &str, heading: &str, blocks: Vec<Block>) -> Section {
    Section {
        id: id.to_owned(),
        heading: heading.to_owned(),
        blocks,
    }
}

fn mark(number: u32, short: &str, period: &str, value: i128, exponent: i16, source: usize) -> Mark {
    let span = period.trim_start_matches("by ").parse::<Period>().ok();
    Mark {
        figure: number,
        text: PRINTED[number as usize - 1].to_owned(),
        short: short.to_owned(),
        number: short.to_owned(),
        rounded: false,
        period: period.to_owned(),
        start_day: span.and_then(|span| span.start_day()),
        end_day: span.and_then(|span| span.end_day()),
        role: if period.starts_with("by") {
            Role::By
        } else {
            Role::Span
        },
        bound: Bound::Exact,
        value: Decimal::new(value, exponent).unwrap_or_default(),
        upper: None,
        hollow: false,
        derived: false,
        until: None,
        source,
        release: 0,
        preferred: true,
        contested: false,
        breaks: false,
    }
}
