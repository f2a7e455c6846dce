//! A drawing read back: what stands where.

use crate::chart::area::Area;
use crate::chart::scale::Tenths;
use crate::chart::text::{bold, width};

/// An element that takes room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) tag: String,
    pub(super) class: String,
    /// What a text says.
    pub(super) text: String,
    pub(super) area: Area,
}

/// All elements of a drawing that take room, in tenths of a pixel.
#[derive(Debug)]
pub(super) struct Scan {
    view: Area,
    pub(super) items: Vec<Item>,
}

impl Scan {
    pub(super) fn of(svg: &str) -> Self {
        let mut scan = Self {
            view: area(&[(0, 0)]),
            items: Vec::new(),
        };
        let mut moved = vec![(0, 0)];
        for piece in svg.split('<').skip(1) {
            let (element, text) = piece.split_once('>').unwrap();
            let tag = element
                .split([' ', '/'])
                .find(|part| !part.is_empty())
                .unwrap_or_default();
            if element.starts_with('/') {
                if tag == "g" {
                    moved.pop();
                }
                scan.says(tag, text);
                continue;
            }
            let by = moved[moved.len() - 1];
            match tag {
                "svg" => scan.view = view(element),
                "g" => {
                    let own = translation(element);
                    moved.push((by.0 + own.0, by.1 + own.1));
                }
                "tspan" => scan.says("tspan", text),
                _ => scan.add(tag, element, text, by),
            }
        }
        for item in scan.items.iter_mut().filter(|item| item.tag == "text") {
            item.area = lies(item);
        }
        scan
    }

    /// Text goes on in and behind a part of it.
    fn says(&mut self, tag: &str, text: &str) {
        if let ("tspan", Some(last)) = (tag, self.items.last_mut()) {
            last.text.push_str(text);
        }
    }

    fn add(&mut self, tag: &str, element: &str, text: &str, by: (Tenths, Tenths)) {
        let at = |name| attribute(element, name).map(|value| tenths(&value));
        let points = match tag {
            "line" => vec![(at("x1"), at("y1")), (at("x2"), at("y2"))],
            "rect" => {
                let (x, y) = (at("x").unwrap(), at("y").unwrap());
                vec![
                    (Some(x), Some(y)),
                    (at("width").map(|w| x + w), at("height").map(|h| y + h)),
                ]
            }
            "circle" => {
                let (x, y, r) = (at("cx").unwrap(), at("cy").unwrap(), at("r").unwrap());
                vec![(Some(x - r), Some(y - r)), (Some(x + r), Some(y + r))]
            }
            "polygon" => pairs(&attribute(element, "points").unwrap()),
            "path" => walk(&attribute(element, "d").unwrap()),
            "text" => vec![(at("x"), at("y"))],
            _ => return,
        };
        let points: Vec<_> = points
            .into_iter()
            .map(|(x, y)| (x.unwrap() + by.0, y.unwrap() + by.1))
            .collect();
        self.items.push(Item {
            tag: tag.to_owned(),
            class: attribute(element, "class").unwrap_or_default()
                + &attribute(element, "text-anchor")
                    .map(|anchor| format!(" ={anchor}"))
                    .unwrap_or_default(),
            text: text.replace("&lt;", "<").replace("&gt;", ">"),
            area: area(&points),
        });
    }

    pub(super) fn of_class(&self, class: &str) -> Vec<&Item> {
        let has = |item: &&Item| item.class.split(' ').any(|one| one == class);
        self.items.iter().filter(has).collect()
    }

    pub(super) fn texts(&self) -> Vec<&Item> {
        self.items
            .iter()
            .filter(|item| item.tag == "text")
            .collect()
    }

    pub(super) fn text(&self, text: &str) -> &Item {
        let found = self.texts().into_iter().find(|item| item.text == text);
        found.unwrap_or_else(|| panic!("{text}: {:?}", self.texts()))
    }

    pub(super) fn stays_inside(&self) {
        for item in &self.items {
            assert!(
                self.view.holds(&item.area),
                "{item:?} outside {:?}",
                self.view
            );
        }
    }

    pub(super) fn texts_stand_apart(&self) {
        let texts = self.texts();
        for (index, one) in texts.iter().enumerate() {
            for other in &texts[index + 1..] {
                assert!(!one.area.meets(&other.area), "{one:?} and {other:?}");
            }
        }
    }
}

/// Where a text lies by its start, middle or end.
fn lies(item: &Item) -> Area {
    let is = |class: &str| item.class.split(' ').any(|one| one == class);
    let wide = if is("strong") || is("name") {
        bold(&item.text)
    } else {
        width(&item.text)
    };
    let (x, y) = (item.area.left, item.area.bottom);
    let left = match (is("=end"), is("=middle")) {
        (true, _) => x - wide,
        (_, true) => x - wide / 2,
        _ => x,
    };
    Area {
        left,
        right: left + wide,
        top: y - 110,
        bottom: y + 25,
    }
}

fn attribute(element: &str, name: &str) -> Option<String> {
    let (_, rest) = element.split_once(&format!(" {name}=\""))?;
    Some(rest.split_once('"')?.0.to_owned())
}

fn tenths(text: &str) -> Tenths {
    let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    whole.parse::<Tenths>().unwrap() * 10 + sign * rest.parse::<Tenths>().unwrap()
}

fn view(element: &str) -> Area {
    let size = attribute(element, "viewBox").unwrap();
    let size: Vec<_> = size.split(' ').map(tenths).collect();
    area(&[(size[0], size[1]), (size[2], size[3])])
}

fn translation(element: &str) -> (Tenths, Tenths) {
    let Some(transform) = attribute(element, "transform") else {
        return (0, 0);
    };
    let inner = transform
        .strip_prefix("translate(")
        .unwrap()
        .strip_suffix(')')
        .unwrap();
    let (x, y) = inner.split_once(' ').unwrap();
    (tenths(x), tenths(y))
}

type Point = (Option<Tenths>, Option<Tenths>);

fn pairs(points: &str) -> Vec<Point> {
    let pair = |pair: &str| {
        let (x, y) = pair.split_once(',').unwrap();
        (Some(tenths(x)), Some(tenths(y)))
    };
    points.split(' ').map(pair).collect()
}

/// The places that a path goes through.
fn walk(path: &str) -> Vec<Point> {
    let mut places = Vec::new();
    let (mut x, mut y) = (0, 0);
    let mut rest = path;
    while let Some(step) = rest.chars().next() {
        let end = rest[1..].find(|letter: char| letter.is_ascii_alphabetic());
        let (numbers, after) = rest[1..].split_at(end.unwrap_or(rest.len() - 1));
        go(step, numbers, &mut x, &mut y);
        places.push((Some(x), Some(y)));
        rest = after;
    }
    places
}

fn go(step: char, numbers: &str, x: &mut Tenths, y: &mut Tenths) {
    let numbers: Vec<_> = numbers.split(' ').map(tenths).collect();
    match step {
        'M' | 'L' => (*x, *y) = (numbers[0], numbers[1]),
        'H' => *x = numbers[0],
        'V' => *y = numbers[0],
        'h' => *x += numbers[0],
        'v' => *y += numbers[0],
        other => panic!("{other} in a path"),
    }
}

fn area(points: &[(Tenths, Tenths)]) -> Area {
    let (x, y) = (
        points.iter().map(|point| point.0),
        points.iter().map(|point| point.1),
    );
    Area {
        left: x.clone().min().unwrap_or_default(),
        right: x.max().unwrap_or_default(),
        top: y.clone().min().unwrap_or_default(),
        bottom: y.max().unwrap_or_default(),
    }
}
