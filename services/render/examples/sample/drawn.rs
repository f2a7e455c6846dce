//! Every kind of drawing.

use render::{
    Bar, Block, Chart, ChartLine, Document, Name, Panels, Ranking, Section, Slope, SlopeLine,
    Vintage,
};

use crate::section;
use crate::world::{Row, Style, mark, names, release, set};

/// A section for each kind.
pub(crate) fn sections(document: &mut Document) -> Vec<Section> {
    vec![
        gdp(document),
        subscriptions(document),
        provinces(document),
        internet(document),
        broadband(document),
    ]
}

/// The newest vintage, and those before it.
fn gdp(document: &mut Document) -> Section {
    let style = Style {
        scale: 0,
        unit: " USD",
        axis: (12, 1),
        release: release(document, "GDP (current US$)", "World Bank"),
    };
    let rows = set("gdp");
    let mut vintages: Vec<Vintage> = Vec::new();
    for known in names(&rows) {
        let of = rows.iter().filter(|row| row.name == known);
        vintages.push(Vintage {
            known: known.to_owned(),
            marks: of.map(|row| mark(document, row, &style)).collect(),
        });
    }
    let newest = vintages.pop();
    let chart = Chart {
        id: "gdp".to_owned(),
        description: "GDP of China since 2000; what was first said of 2011 is a quarter of a trillion below what is said now."
            .to_owned(),
        unit: "trillion USD".to_owned(),
        multiplier: 12,
        sources: vec!["World Bank".to_owned()],
        lines: vec![ChartLine {
            label: "GDP of China".to_owned(),
            marks: newest.map(|newest| newest.marks).unwrap_or_default(),
            vintages,
            ..ChartLine::default()
        }],
        ..Chart::default()
    };
    section("gdp", "What was revised", vec![Block::Chart(chart)])
}

/// Several lines, named at their ends.
fn subscriptions(document: &mut Document) -> Section {
    let style = gapminder(document);
    let chart = Chart {
        id: "subscriptions".to_owned(),
        title: "Fixed broadband subscriptions".to_owned(),
        description: "Subscriptions for 100 people from 2008 to 2018.".to_owned(),
        unit: "for 100 people".to_owned(),
        sources: vec!["Gapminder".to_owned()],
        lines: lines(document, &set("subscriptions"), &style),
        ..Chart::default()
    };
    section("subscriptions", "Several lines", vec![Block::Chart(chart)])
}

fn lines(document: &mut Document, rows: &[Row], style: &Style) -> Vec<ChartLine> {
    let mut lines = Vec::new();
    for name in names(rows) {
        let of = rows.iter().filter(|row| row.name == name);
        lines.push(ChartLine {
            label: name.to_owned(),
            marks: of.map(|row| mark(document, row, style)).collect(),
            ..ChartLine::default()
        });
    }
    lines
}

fn gapminder(document: &mut Document) -> Style {
    Style {
        scale: 0,
        unit: "",
        axis: (0, 1),
        release: release(document, "Systema Globalis", "Gapminder"),
    }
}

/// The first ten, and two that are asked for.
fn provinces(document: &mut Document) -> Section {
    let style = Style {
        scale: 8,
        unit: " hundred million CNY",
        axis: (12, 2),
        release: release(
            document,
            "Gross regional product",
            "National Bureau of Statistics of China",
        ),
    };
    let highlights = ["Zhejiang", "Beijing", "Hainan"];
    let rows = set("provinces");
    let shown = rows.iter().enumerate();
    let shown = shown.filter(|(index, row)| *index < 10 || highlights.contains(&row.name));
    let bars: Vec<Bar> = shown
        .map(|(index, row)| Bar {
            others: Vec::new(),
            rank: index + 1,
            name: Name {
                text: row.name.to_owned(),
                language: "en".to_owned(),
                other: Some((row.other.to_owned(), "zh".to_owned())),
            },
            highlighted: highlights.contains(&row.name),
            mark: mark(document, row, &style),
        })
        .collect();
    let ranking = Ranking {
        id: "provinces".to_owned(),
        title: "Gross regional product, 2020".to_owned(),
        description: "Guangdong before Jiangsu and Shandong; Beijing is thirteenth.".to_owned(),
        unit: "trillion CNY".to_owned(),
        multiplier: 12,
        sources: vec!["National Bureau of Statistics of China".to_owned()],
        bars,
        ranked: rows.len(),
    };
    section("provinces", "A ranking", vec![Block::Ranking(ranking)])
}

fn internet(document: &mut Document) -> Section {
    let style = gapminder(document);
    let lines = lines(document, &set("internet"), &style);
    let chart = |line: ChartLine| Chart {
        title: line.label.clone(),
        unit: "% of population".to_owned(),
        sources: vec!["Gapminder".to_owned()],
        lines: vec![line],
        ..Chart::default()
    };
    let panels = Panels {
        id: "internet".to_owned(),
        description: "Individuals using the Internet in six countries since 2000.".to_owned(),
        charts: lines.into_iter().map(chart).collect(),
        same_scale: true,
    };
    section("internet", "Small multiples", vec![Block::Panels(panels)])
}

fn broadband(document: &mut Document) -> Section {
    let style = gapminder(document);
    let rows = set("broadband");
    let mut lines = Vec::new();
    for pair in rows.chunks_exact(2) {
        lines.push(SlopeLine {
            label: pair[0].name.to_owned(),
            from: mark(document, &pair[0], &style),
            to: mark(document, &pair[1], &style),
            tone: render::Tone::Own,
        });
    }
    let slope = Slope {
        id: "broadband".to_owned(),
        title: "Fixed broadband subscriptions".to_owned(),
        description:
            "Twelve countries in 2005 and 2018; China rises from the ninth place to the eighth."
                .to_owned(),
        unit: "for 100 people".to_owned(),
        multiplier: 0,
        sources: vec!["Gapminder".to_owned()],
        lines,
    };
    section("broadband", "Two periods", vec![Block::Slope(slope)])
}
