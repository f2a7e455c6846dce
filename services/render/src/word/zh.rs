//! Chinese in simplified characters.

use super::{Chart, Claim, Head, Page, Punctuation, Sign, Source, Words};
use crate::CheckVerdict;

pub(super) static WORDS: Words = Words {
    punctuation: Punctuation {
        comma: "，",
        listed: "、",
        semicolon: "；",
        colon: "：",
        stop: "。",
        space: "",
        quote: ["“", "”"],
        bracket: ["（", "）"],
        beside: ["（", "）"],
    },
    page: PAGE,
    claim: CLAIM,
    source: SOURCE,
    chart: CHART,
};

const PAGE: Page = Page {
    contents: "目录",
    how_to_read: [
        "文中每个数字都是某处某人的一项陈述。点击带下划线的数字，可查看其",
        "依据",
        "：出自谁、见于何处、原话如何。",
    ],
    how_to_read_print: "文中每个数字都是某处某人的一项陈述。数字右上角的编号对应文末条目：出自谁、见于何处、原话如何。",
    counted: |figures, sources| format!("共{figures}个数字、{sources}个来源。"),
    known: |known| format!("数据{known}"),
    known_means: "：各来源此后的说法不计在内。",
    figures: "数字及其依据",
    figures_hold: "本文的每个数字、其依据以及来源的原话。",
    sources: "资料来源",
    table: "表格",
    preferred: "首选",
    why_preferred: |rule| format!("首选第一个数字的理由：{rule}。"),
    never_joined: "定义不同：各自并列，既不连接，也不平均。",
    verdict: |verdict| match verdict {
        CheckVerdict::Consistent => "相符",
        CheckVerdict::Inconsistent => "不符",
        CheckVerdict::Undecidable => "无法判断",
    },
    leaf: ["第", "页，共", "页"],
    on_page: ["第", "页"],
};

const CLAIM: Claim = Claim {
    about: "内容",
    source: "来源",
    quoting: "转引自",
    place: "位置",
    words: "原话",
    printed: "原文写法",
    meaning: "含义",
    note: "说明",
    name: "陈述",
    from: "取自",
    computed: "计算",
    result: "结果",
    caveats: "注意",
    expression: "算式",
    others: |number, rule| match rule {
        "" => format!("关于同一内容另有{number}项陈述。"),
        rule => format!("关于同一内容另有{number}项陈述；采用本项的理由：{rule}。"),
    },
    remark: |tag| match tag.split('-').next() {
        Some("en") => "英文备注",
        _ => "外文备注",
    },
    back: |number| format!("返回数字{number}"),
};

const SOURCE: Source = Source {
    source: "来源",
    undated: "日期不详",
    unknown: "不详",
    published: "发布日期：",
    speaks_of: "所述时间：",
    licence: "许可：",
    interest: "利益关系：",
};

const CHART: Chart = Chart {
    same_figures: "以表格显示同样的数字",
    expected: "预期",
    stated: "实际",
    aimed_at: "预期或目标",
    head: Head {
        period: "时期",
        figure: "数字",
        what: "内容",
        source: "来源",
        nature: "性质",
        rank: "位次",
        name: "名称",
    },
    sign: Sign {
        contested: "数字相互矛盾",
        other_source: "虚线：其后出自另一来源",
        missing_periods: "虚线：其间缺少若干时期",
        source_or_missing: "虚线：其后出自另一来源，或其间缺少若干时期",
        hollow: "空心：预期或目标，尚未实测",
        range: "区间：介于两端之间",
        by: "不晚于",
        open_upward: "向上开口：高于此数",
        open_downward: "向下开口：低于此数",
        about: "约",
        rounded: "图中已取整，表中列出全部数位",
        breaks: "数列在此中断：前后不可比",
        highlighted: "本文关注的对象",
        ranks_missing: "此处略去若干位次",
        hollow_bar: "空心条：预期或目标，尚未实测",
        open_bar: "条末渐淡：高于此数",
        pale_bar: "浅色：低于此数",
        same_scale: "各图使用同一刻度。",
    },
    latest: "目前的说法",
    before: "此前的说法",
    revised: "此前的说法减去目前的说法",
    no_figures: "无数据",
    cut_axis: "刻度不从零开始：可比较位置，不可比较长度。",
    known: |known| format!("{known}获知"),
    drawn: |shown, all| format!("有位次的{all}个中列出{shown}个"),
};
