//! Chinese in simplified characters.

mod time;

use figure::{Bound, Decimal, Missing, Trend};
use proto::figure::v1::{Basis, CaveatReason, Mismatch, Nature, RefusalReason, Verdict};
use proto::metrics::v1::{ClaimSetState, PreferenceReason};
use proto::registry::v1::LifecycleState;

use super::{
    Claim, Interval, Judgement, Language, Marks, Number, Page, Profile, Scale, Table, Words,
};

pub(super) static WORDS: Words = Words {
    language: Language::Chinese,
    mark: Marks {
        comma: "，",
        listed: "、",
        semicolon: "；",
        colon: "：",
        stop: "。",
        space: "",
        and: "与",
        bracket: ["（", "）"],
        quote: ["“", "”"],
    },
    number: NUMBER,
    time: time::TIME,
    claim: CLAIM,
    table: TABLE,
    judge: JUDGEMENT,
    profile: PROFILE,
    page: PAGE,
};

const NUMBER: Number = Number {
    digits: |number| number.grouped(','),
    scale,
    axis: |power| match power {
        ..3 => 0,
        3..8 => 4,
        8..12 => 8,
        12.. => 12,
    },
    as_published: false,
    bound: |bound, number| match bound {
        Bound::Exact | Bound::Between | Bound::None => number.to_owned(),
        Bound::About => format!("约{number}"),
        Bound::Nearly => format!("近{number}"),
        Bound::GreaterThan => format!("超过{number}"),
        Bound::AtLeast => format!("至少{number}"),
        Bound::LessThan => format!("不足{number}"),
        Bound::AtMost => format!("至多{number}"),
    },
    between: |low, high| format!("{}至{}", low.joined(), high.joined()),
    range: |low, high| format!("{}至{}", low.joined(), high.joined()),
    rank: |place| format!("第{place}位"),
    percentage_points: "个百分点",
    trend: |trend| match trend {
        Trend::Increasing => "上升",
        Trend::Decreasing => "下降",
        Trend::Stable => "持平",
        Trend::Higher => "高于",
        Trend::Lower => "低于",
        Trend::Equal => "相等",
    },
    missing: |reason| match reason {
        Missing::NotCollected => "未采集",
        Missing::DoesNotExist => "不存在",
        Missing::Suppressed => "不公开",
        Missing::NotApplicable => "不适用",
        Missing::NotStated => "未说明",
    },
    none: "没有数值",
    interval: Interval {
        exactly: |number| format!("恰为{number}"),
        between: |low, high| format!("介于{low}与{high}之间"),
        more_than: |number| format!("超过{number}"),
        at_least: |number| format!("至少{number}"),
        less_than: |number| format!("不足{number}"),
        at_most: |number| format!("至多{number}"),
        about: |number| format!("约{number}"),
        unbounded: |number| format!("约{number}，由此得不出上下限"),
        nearly: |number| format!("低于{number}且与之接近"),
        rounded: |number, digits| format!("约{number}（取{digits}位有效数字）"),
    },
};

/// What was printed with a scale word has one here: the greatest that the value reaches. So
/// has a round number of one or two digits from ten thousand on, which one writes as 39万.
fn scale(value: &Decimal, power: i32) -> Scale {
    const SCALES: [(i32, &str); 3] = [(12, "万亿"), (8, "亿"), (4, "万")];
    const ROUND: i128 = 100;
    let has_word = power != 0 || value.normalized().mantissa() < ROUND;
    let reached = SCALES
        .iter()
        .find(|(of_word, _)| *value >= Decimal::ONE.shift(*of_word) && has_word);
    let (power, word) = reached.copied().unwrap_or_default();
    Scale {
        power,
        word: word.to_owned(),
    }
}

const CLAIM: Claim = Claim {
    nature: |nature| match nature {
        Nature::Unspecified | Nature::Actual => "来源所述",
        Nature::Estimate => "估计",
        Nature::Forecast => "预测",
        Nature::Target => "目标",
        Nature::Commitment => "承诺",
    },
    basis: |basis| match basis {
        Basis::Unspecified | Basis::Stated => "原文所述",
        Basis::InferredFromPublication => "据发布日期推断",
        Basis::InferredFromContext => "据上下文推断",
        Basis::Editorial => "录入者补充",
        Basis::Unknown => "依据不详",
    },
    flag: |flag| {
        Some(match flag {
            "A" => "正常",
            "B" => "数列中断",
            "D" => "定义不同",
            "E" => "估计",
            "F" => "预测",
            "I" => "插补",
            "P" => "初步数",
            "R" => "修订数",
            "U" => "可靠性低",
            _ => return None,
        })
    },
    marked: |flags| format!("来源标注：{flags}"),
    state: |state| match state {
        ClaimSetState::Unspecified | ClaimSetState::Single => "单一说法",
        ClaimSetState::Agreed => "一致",
        ClaimSetState::AgreedAfterRounding => "舍入后一致",
        ClaimSetState::Compatible => "相容",
        ClaimSetState::Contested => "互相矛盾",
    },
    verdict: |verdict| match verdict {
        Verdict::Point => "单一数值；计入所用数据的舍入误差",
        Verdict::LowerBound => "下限",
        Verdict::UpperBound => "上限",
        Verdict::Range => "区间",
        Verdict::Nominal => "没有上下限的数值",
        Verdict::Undetermined => "无法判定",
        Verdict::Refused => "不予计算",
        Verdict::Unspecified => "未说明",
    },
    caveat: |caveat| {
        Some(match caveat {
            CaveatReason::Unspecified => return None,
            CaveatReason::ApproximateInput => "所用数据为约数",
            CaveatReason::ContestedInput => "所用数据互相矛盾",
            CaveatReason::DifferentPeriod => "所用数据的时期不同",
            CaveatReason::DifferentNature => "所用数据的性质不同",
            CaveatReason::DifferentEntity => "所用数据的主体不同",
            CaveatReason::DivisorSpansZero => "除数可能为零或为负",
            CaveatReason::NegativeBase => "基数可能为负",
            CaveatReason::ShareAboveWhole => "部分可能大于整体",
        })
    },
    rule: |rule| {
        Some(match rule {
            PreferenceReason::Unspecified => return None,
            PreferenceReason::OnlyClaim => "只有一项说法",
            PreferenceReason::Restatement => "同一数据，来源另以他种单位给出",
            PreferenceReason::NatureClass => "实际数优先于预测，预测优先于目标",
            PreferenceReason::NamedOriginator => "注明原始出处的数据优先于未注明的",
            PreferenceReason::NoInterest => "与所述内容无利益关系的来源优先",
            PreferenceReason::NewestPublication => "最新发布的优先",
            PreferenceReason::Alphabetical => {
                "除来源、原始出处和单位的字母顺序外，没有其他取舍依据"
            }
        })
    },
    refusal: |refusal| {
        Some(match refusal {
            RefusalReason::Unspecified | RefusalReason::Mismatch => return None,
            RefusalReason::NoNumber => "其中一个没有数值，无法计算",
            RefusalReason::DivisionByZero => "除数为零",
            RefusalReason::OutOfRange => "结果超出可表示的范围",
            RefusalReason::UnitsDiffer => "两个数据的单位不同，不能直接计算",
            RefusalReason::NotAPercentage => "第二个数据须为百分比",
            RefusalReason::NotOneSeries => "只有同一指标、同一分组的两个数据才能计算变化",
        })
    },
    mismatch: |mismatch| {
        Some(match mismatch {
            Mismatch::Unspecified => return None,
            Mismatch::Period => "两个数据的时期不同",
            Mismatch::Nature => "两个数据的性质不同",
            Mismatch::Entity => "两个数据的主体不同",
        })
    },
    derived: "据来源统计",
    inferred: "推断",
    ambiguous: "可作多种理解",
    base: "参照：",
    ranked_by: |what| format!("按{what}排序"),
    field: |path| {
        match path {
            "period" => "时期",
            "quantity" => "数值",
            "quantity.multiplier" => "数量级",
            "unit" => "单位",
            "nature" => "性质",
            "basis" => "依据",
            other => other,
        }
        .to_owned()
    },
    quoted_by: "，转引自",
};

const TABLE: Table = Table {
    figures: |of| format!("{of}：数据"),
    what: "内容",
    what_of_whom: "内容与主体",
    period: "时期",
    figure: "数据",
    nature: "性质",
    who: "出自",
    state: "状态",
    empty: "没有这样的数据。",
    known_since: "发布日期",
    undated: "日期不详",
    vintage: "版本",
    change: "变动",
    withdrawn: "已撤回",
};

const JUDGEMENT: Judgement = Judgement {
    none_contested: "这些数据中，没有哪两个互相排斥。",
    of_lower: ["，相当于较低者的", ""],
    says: "的说法是",
    undecided: "现有的上下限不足以判断。",
    rounded: ["计入舍入误差，算得", "，该说法按舍入理解为", "。"],
    exact: ["算得", "；该说法按舍入理解为", "。"],
    no_figure: "其中一个数据不存在",
    undetermined: "所用数据不足以得出结果",
    nothing: "结果为空",
    not_drawn: "因单位不同或没有数值而未绘入图中：",
};

const PROFILE: Profile = Profile {
    also_called: "又称",
    state: |state| match state {
        LifecycleState::Planned => "规划",
        LifecycleState::Active => "存续",
        LifecycleState::Closed => "终止",
        LifecycleState::Unspecified => "状态",
    },
    of: |label, other| format!("{label}{other}"),
};

const PAGE: Page = Page {
    made_from: |template, revision| format!("由模板{template}第{revision}版生成。"),
    parameters: |chosen| format!("参数：{chosen}。"),
    known: |known| format!("数据{known}。"),
    newest: |day| format!("所用来源最新发布于{day}，此后的说法未收入。"),
    publisher: |text| format!("发布者：{text}。"),
    contact: |text| format!("联系方式：{text}。"),
    licence: |text| format!("许可：{text}。"),
    renderer: |version| {
        format!("渲染器{version}。模板、语言、参数和数据相同，所得文件逐字节相同。")
    },
};
