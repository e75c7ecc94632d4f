"use strict";
// Every word of the page in both languages, and how numbers are written.

const WORDS = {
  zh: {
    colon: "：", brand: "生活圈评估 lifecircle", legend: "图例", title: "{name} · 生活圈覆盖",
    synthetic: "模拟数据：此处为虚构的示例，非真实调查", no_heads: "未提供人数",
    index: "三生融合指数", categories: "各类设施的步行覆盖", notes: "说明与存疑",
    production: "生产", living: "生活", ecology: "生态",
    beds: "床位", jobs: "岗位", people: "人", families: "户", places: "处", footprint_m2: "m² 基底", street_m: "m 道路",
    by_beds: "床位", by_jobs: "岗位", by_people: "人口", by_families: "家庭", by_places: "地点数", by_footprint_m2: "建筑基底 m²", by_street_m: "步行道路 m",
    by_jobs_day: "白班岗位", by_jobs_evening: "中班岗位", by_jobs_night: "夜班岗位",
    estimated: "≈ 含估算值（按给定的系数）", people_are: "统计对象：{people}",
    covered: "覆盖", gap: "缺口", unknown: "未知", radius: "直线半径法", within: "时间之内的覆盖",
    order_gap: "缺口优先", order_share: "覆盖优先", order_standard: "标准次序",
    streets: "步行至最近设施", minutes: "{a}–{b} 分钟", none_reached: "{a} 米内没有",
    legend_places: "需求地点", legend_areas: "缺口区域", legend_facility: "现状设施", legend_planned: "规划或未开放（不计）",
    norm_m: "{m} 米", norm_min: "{m} 分钟",
    nearest: "最近设施", distance: "步行 {m} 米，约 {min} 分钟", metres: "步行 {m} 米", at_least: "至少 {m} 米", beyond: "超过 {m} 米", unnamed: "未命名",
    norm: "标准 {norm}", shortfall: "超出标准 {m} 米", area: "{ha} 公顷", confidence_low: "可信度：低", confidence_high: "可信度：高",
    places_here: "涉及 {n} 处", capacity: "容量 {n}", opens: "{year} 年开放", hours: "开放时间 {hours}", hours_unknown: "开放时间不详", hours_always: "全天开放",
    then_0: "{at} 关闭", then_1: "{at} 开放", then_2: "{at} 是否开放不详", legend_shut: "规划、此时关闭或开放时间不详（不计）",
    existing: "现状", building: "在建", planned: "规划", closed: "已关闭",
    data_complete: "资料齐全（用户声明）", data_partial: "资料不全（缺口可信度低）", data_absent: "没有资料",
    standing_verified: "已核", standing_recalled: "未核（凭记忆）", standing_proposed: "提议，非标准规定", "standing_source-document": "见于本项目依据文件",
    facts: "{ha} 公顷 · {standard} · {profile} {speed} 米/分钟", grade: "耦合协调度 {value}（{grade}）", weakest: "最弱：{name}", zero: "因“{name}”为零，指数为零",
    undecided: "已知权重不足一半，只列区间",
    dropped_streets: "范围较大：道路已简化、抽稀", dropped_buildings: "范围较大：未绘建筑", dropped_nearest: "范围较大：未列每处的最近设施",
    tiles: "底图：{host}", foot: "lifecircle {version} · 标准指纹 {hash}",
    beside: "指数之外", checks: "政策核对", goals: "规划目标", moments: "按时刻另计的覆盖率", choices: "换一种取法的指数", widest: "最使指数不定的未知项", met: "符合", missed: "不符合", index_points: "{n} 分",
    middle: "中值", note_repaired: "已修正", note_assumed: "假设", note_doubt: "存疑", note_info: "说明", unjudged: "此处无服务对象",
    reasons: ["在标准之内", "距资料边界太近，界外或有设施", "附近没有可步行道路", "位于与外界隔绝的小路网", "资料齐全，确无更近设施", "资料齐全，确无此类设施", "资料不全，可能有遗漏", "资料不全，且一处也未见", "没有此类资料", "附近有此类设施，但未接入道路", "要经过高程未知的路段，时间不明", "附近的此类设施开放时间不详"],
    skip: "跳到地图", map: "地图：方向键移动，加减号缩放，回车查看中央一点", tabs: "面板", tab_overview: "概览", tab_places: "地点", tab_plan: "推演", orders: "排序", comma: "、",
    readings: "地图读法", reading_classes: "分级", reading_within: "{n} 分钟内", norm_beside: "标准 {norm}：覆盖与缺口按它判，不随滑块变。", minutes_label: "步行分钟",
    within_n: "{n} 分钟内可达 {people}（{share}）", beyond_n: "超过 {n} 分钟", within_covered: "{n} 分钟内可达", within_gap: "{n} 分钟内不可达",
    areas_ranked: "缺口区域，按人数排列", back: "返回", spot: "所选位置", spot_off: "此处附近没有可步行的道路。", spot_unknown: "本页未带步行路网，只能点选地点与设施。",
    and_more: "等（见下表）", of_kinds: "/ {n} 类走得到", site_mean: "全区平均 {n}", gap_kinds: "按标准 {all} 类中缺 {n} 类", unknown_kinds: "{all} 类中 {n} 类不明", by_norms: "缺不缺按每类自己的标准判，与上面的分钟数无关。",
    kind: "设施", on_foot: "最近步行", site_share: "全区覆盖", walk_short: "{m} 米 · {min} 分", no_data: "无资料",
    circle: "边界内：直线 {norm} 米圆内有道路 {inside} 公里，实际走得到 {walked} 公里（{share}）", circle_none: "边界内：直线 {norm} 米圆内有道路 {inside} 公里，步行 {norm} 米几乎一段也走不到：要走的路在边界外，或绕得太远",
    serves: "服务对象（标准之内）", serves_only: "只有它能服务", more: "另有 {n} 处", more_notes: "另有 {n} 条说明，见网页", print: "打印",
    click_hint: "点击地图上的宿舍、建筑、设施或任意一处，看它走得到什么、缺什么。", find: "按名称或门号查找地点、设施、类别、大门", lacking_most: "缺得最多的{kind}", walk_nowhere: "{m} 米内走不到任何一类设施：未接路网、被隔断，或附近确实没有",
    no_whatif: "本页不能推演：此站点的步行时间计入坡度、台阶或红绿灯，或按某一时刻评估，或未带步行路网。请用方案文件运行 assess --scenario。",
    points: "{n} 点", with_changes: "含方案改动 {n} 处", tools: "推演工具", category: "设施类别", tool_facility: "放置设施", tool_path: "画步道", tool_gate: "开门", tool_close: "关闭", tool_move: "移动", tool_best: "何处最有用", several: "连续使用：用完不收起，Esc 收起",
    finish: "完成步道", undo: "撤销", redo: "重做", remove: "移除", changes: "方案改动", before_after: "前后对比", before: "现状", after: "方案后", difference: "变化",
    hint_whatif: "选一类设施，点“何处最有用”，沿各条道路找出加一处放哪里最好；或选一种工具在地图上试：放置、画步道、开门、关闭，看覆盖和指数怎样变。",
    hint_facility: "在地图上点一下放置。键盘：方向键移动地图，回车放在中央。Esc 收起。", hint_path: "逐点画步道，靠近道路自动接上；双击或“完成步道”结束。",
    hint_gate: "点墙或围栏上的红点，在那里开一扇门。", hint_close: "点一处设施、一扇门，或点一条道路上不让通行的位置。", hint_move: "先点要移动的设施。", hint_put: "再点新的位置。",
    export: "导出 GeoJSON", import: "导入", link: "分享链接", clear: "全部清除", scenario: "方案", scenario_name: "{name} 方案", linked: "链接已放在地址栏，并已复制（如浏览器允许）。",
    did_facility_add: "新增", did_facility_move: "移动", did_facility_close: "关闭", did_path_add: "新步道", did_path_close: "封闭道路", did_gate_add: "新开门", did_gate_close: "关门",
    refused_unknown: "不认识这种改动。", refused_category: "标准里没有这一类别。", refused_facility: "没有这处设施。", refused_outside: "位置在研究范围之外。",
    refused_no_street: "附近没有可接的道路。", refused_path: "步道没有接到任何道路。", refused_barred: "被墙或围栏隔开，接不到道路。", refused_yard: "位置在院落之内，请用方案文件运行 assess --scenario。",
    refused_gate: "附近没有可开门的墙或围栏。", refused_no_gate: "附近没有门。", refused_file: "这个文件不是方案 GeoJSON。", no_better_spot: "找不到能让更多人达标的位置。", legend_added: "方案设施", legend_path: "新步道", legend_closed: "关闭、移走或封闭处", legend_from: "从点选处出发", legend_reached: "步行 {m} 米走得到", legend_circle: "直线 {m} 米圆", legend_route: "到最近的{name}", legend_others: "到其他各类最近的", legend_served: "由它服务（标准之内）", legend_only: "只有它能服务",
    areas_hidden: "缺口区域（页内推演时不画）", semicolon: "；", rest_gap: "够不着 {people}", rest_unknown: "不明 {people}", reached_in: "{n} 分钟内走得到：{list}", near: "近 {name}", no_beds: "资料中没有宿舍床位。",
    gap_unsure: "缺口（存疑）", not_known: "不清楚的", not_kinds: "{n} 类设施不明", not_sure: "{n} 类缺口存疑", not_sure_data: "{n} 类缺口存疑（资料不全，可信度低）", not_verified: "{n} / {all} 类的标准未经核对（见各类）", see_notes: "详见文末",
    dates: "数据日期", date_of: "{file} {date}", date_newest: "{file} 最近编辑于 {date}", undated: "不明（{files}）", files: "{n} 个文件",
    gate: "大门", gate_n: "{n}号门", gate_outside: "在边界外 {m} 米", gates_here: "同一处还有", access_public: "人人可过", access_staff: "仅职工", access_residents: "仅住户", gate_own: "来自你的数据", gate_osm: "来自 OpenStreetMap",
    gate_closing: "若关闭这扇门", gate_farther: "到最近设施要多走路", gate_nobody: "没有人要多走路。", gate_loses: "退出达标：{list}", gate_try: "关闭并对比", gate_shut: "方案中已关闭。", and_others: "等",
    proposals: "建议：建什么，先建哪里", proposal_with: "采用建议", proposal_gain: "多 {n} {unit}达标", proposal_sure: "其中 {n} 确在缺口中", robust: "稳妥", robust_means: "稳妥：把未知算作覆盖，它也在最好的选法里。", cost: "费用 {n}",
    proposal_after: "至此累计 {n}，指数 {index}", proposals_now: "采用 {n} / {all} 条：达标多 {gain} {unit}，指数 {index}。", proposals_try: "取消勾选，看少了它会怎样；点名字看位置。", needs: "项需求", needs_told: "一人一类计一项需求", of_cost: "费用", of_metres: "米", from_to: "由 {from} 米到 {to} 米", budget: "预算 {n}", today: "现状",
    "aim_most-covered": "目标：标准之内人数最多", "aim_all-covered": "目标：以最少费用覆盖所有人", "aim_shortest-mean": "目标：平均步行距离最短", "aim_shortest-longest": "目标：最远者步行距离最短",
    proof_whole: "在 {n} 处可选位置中没有更好的选法（已证明）。", proof_bound: "选自 {n} 处可选位置；没有选法好过 {bound}。", proof_streets: "选自道路沿线 {n} 个点；任何公共道路上的位置都不会好过 {bound}。", proof_none: "按估算，是 {n} 个中最好的。", rival: "对照“{name}”：{n} {unit}，指数 {index}",
    chart_people: "全部采用时累计新达标（深色确在缺口中）：{unit}", chart_greedy: "全部采用时累计新达标（深色确在缺口中，虚线为逐步择优）：{unit}", brings_nearer: "带近：{kinds}", chart_index: "每步之后的三生融合指数（区间）", chart_steps: "第几步", chart_cost: "累计费用",
    grades: {},
  },
  en: {
    colon: ": ", brand: "lifecircle", legend: "Legend", title: "{name} · life-circle coverage",
    synthetic: "Synthetic data: a made-up example, not a survey", no_heads: "No head counts",
    index: "Three-life index", categories: "Who can walk to what", notes: "Notes and doubts",
    production: "Production", living: "Living", ecology: "Ecology",
    beds: "beds", jobs: "jobs", people: "people", families: "families", places: "places", footprint_m2: "m² footprint", street_m: "m of street",
    by_beds: "Beds", by_jobs: "Jobs", by_people: "People", by_families: "Families", by_places: "Places", by_footprint_m2: "Footprint m²", by_street_m: "Street m",
    by_jobs_day: "Jobs by day", by_jobs_evening: "Jobs, evening", by_jobs_night: "Jobs by night",
    estimated: "≈ holds estimates by your own factors", people_are: "Counted: {people}",
    covered: "Covered", gap: "Gap", unknown: "Unknown", radius: "By radius", within: "Covered within",
    order_gap: "Gaps first", order_share: "Covered first", order_standard: "As in the standard",
    streets: "Walk to the nearest", minutes: "{a}–{b} min", none_reached: "none within {a} m",
    legend_places: "Places with people", legend_areas: "Gap area", legend_facility: "Facility", legend_planned: "Planned or not open (not counted)",
    norm_m: "{m} m", norm_min: "{m} min",
    nearest: "Nearest", distance: "{m} m on foot, about {min} min", metres: "{m} m on foot", at_least: "at least {m} m", beyond: "more than {m} m", unnamed: "unnamed",
    norm: "norm {norm}", shortfall: "{m} m beyond the norm", area: "{ha} ha", confidence_low: "Confidence: low", confidence_high: "Confidence: high",
    places_here: "{n} {n:place|places}", capacity: "Capacity {n}", opens: "opens {year}", hours: "Hours {hours}", hours_unknown: "Hours unknown", hours_always: "Always open",
    then_0: "closed at {at}", then_1: "open at {at}", then_2: "at {at} nobody knows", legend_shut: "Planned, shut then or of unknown hours (not counted)",
    existing: "existing", building: "under construction", planned: "planned", closed: "closed",
    data_complete: "data declared complete", data_partial: "data partial: gaps of low confidence", data_absent: "no data",
    standing_verified: "verified", standing_recalled: "recalled, unverified", standing_proposed: "proposed, in no norm", "standing_source-document": "from a source document of this project",
    facts: "{ha} ha · {standard} · {profile}, {speed} m/min", grade: "Coupling coordination {value} ({grade})", weakest: "Weakest: {name}", zero: "Zero, because {name} is zero",
    undecided: "less than half of the weight is known: interval only",
    dropped_streets: "Large site: streets are simplified and thinned", dropped_buildings: "Large site: buildings are not drawn", dropped_nearest: "Large site: the nearest facility of each place is not listed",
    tiles: "Tiles: {host}", foot: "lifecircle {version} · standard {hash}",
    beside: "Beside the index", checks: "Policy checks", goals: "Goals of the plan", moments: "Coverage asked for at a moment as well", choices: "The index by other choices", widest: "Unknowns that widen the index most", met: "met", missed: "missed", index_points: "{n} points",
    middle: "middle", note_repaired: "Repaired", note_assumed: "Assumed", note_doubt: "Doubt", note_info: "Note", unjudged: "serves nobody here",
    reasons: ["within the norm", "too near the edge of the data: a facility may lie beyond", "no walkable street near", "on an island of streets too small to trust", "the data are complete: nothing nearer", "the data are complete: there is none", "the data are partial: one may be missing from them", "the data are partial and show none at all", "no data for this category", "such a facility is near, but it joins no street", "the way there has slopes that nobody knows", "such a facility is near, but its opening hours are not known"],
    skip: "Skip to the map", map: "Map: arrows move, plus and minus zoom, Enter inspects the middle", tabs: "Panel", tab_overview: "Overview", tab_places: "Places", tab_plan: "What if", orders: "Order", comma: ", ",
    readings: "Reading of the map", reading_classes: "Classes", reading_within: "Within {n} min", norm_beside: "Norm {norm}: covered and gap go by it, not by the slider.", minutes_label: "Minutes on foot",
    within_n: "Within {n} min: {people} ({share})", beyond_n: "beyond {n} min", within_covered: "Within {n} min", within_gap: "Not within {n} min",
    areas_ranked: "Gap areas, most people first", back: "Back", spot: "This spot", spot_off: "No walkable street is near.", spot_unknown: "This page holds no walking network: click places and facilities.",
    and_more: " and more, see below", of_kinds: "of {n} reached", site_mean: "site mean {n}", gap_kinds: "{n} of {all} {all:kind|kinds} lacking by the norm", unknown_kinds: "{n} of {all} {all:kind|kinds} unknown", by_norms: "What is missing is judged by each kind's own norm, not by the minutes above.",
    kind: "Kind", on_foot: "Nearest walk", site_share: "Site", walk_short: "{m} m · {min} min", no_data: "no data",
    circle: "Inside the boundary, the straight circle of {norm} m holds {inside} km of streets; a walk reaches {walked} km of them ({share})", circle_none: "Inside the boundary, the straight circle of {norm} m holds {inside} km of streets; a walk of {norm} m reaches hardly any of them: its ways lie outside, or round about",
    serves: "Serves (within the norm)", serves_only: "Only this one serves", more: "{n} more", more_notes: "{n} more {n:note|notes} in the page", print: "Print",
    click_hint: "Click a dormitory, a building, a facility or any spot to see what it reaches and lacks.", find: "Find by name or number: places, facilities, kinds, gates", lacking_most: "Lacking most: {kind}", walk_nowhere: "Walk to nothing within {m} m: joined to no street, shut in, or far from everything",
    no_whatif: "No what-if here: walks on this site count slopes, stairs or signals, a moment of the week is asked about, or the page holds no network. Use assess --scenario with a scenario file.",
    points: "{n} pts", with_changes: "With {n} {n:change|changes} of a scenario", tools: "Tools", category: "Category", tool_facility: "Add facility", tool_path: "Draw path", tool_gate: "Open gate", tool_close: "Close", tool_move: "Move", tool_best: "Best spot", several: "Several in a row: keep the tool until Esc",
    finish: "Finish path", undo: "Undo", redo: "Redo", remove: "Remove", changes: "Changes", before_after: "Before and after", before: "Before", after: "After", difference: "Change",
    hint_whatif: "Choose a kind and press Best spot to see where along the streets one more helps most people; or take a tool and try it on the map: add, draw, open, close, and see coverage and index change.",
    hint_facility: "Click the map to place it. Keyboard: arrows move the map, Enter places it in the middle. Esc puts the tool down.", hint_path: "Click point by point; near streets it snaps. Double-click or Finish path ends it.",
    hint_gate: "Click a red dot on a wall or fence to open a gate there.", hint_close: "Click a facility, a gate, or a street where nobody shall pass.", hint_move: "Click the facility to move.", hint_put: "Now click its new place.",
    export: "Export GeoJSON", import: "Import", link: "Share link", clear: "Clear all", scenario: "Scenario", scenario_name: "{name} scenario", linked: "The link stands in the address bar, and is copied if the browser lets us.",
    did_facility_add: "New", did_facility_move: "Moved", did_facility_close: "Closed", did_path_add: "New path", did_path_close: "Street closed", did_gate_add: "New gate", did_gate_close: "Gate closed",
    refused_unknown: "No such change is known.", refused_category: "The standard has no such category.", refused_facility: "There is no such facility.", refused_outside: "That is outside the study area.",
    refused_no_street: "No street is near enough to join.", refused_path: "The path joins no street.", refused_barred: "A wall or fence bars the way to the street.", refused_yard: "That is inside a yard: use assess --scenario with a scenario file.",
    refused_gate: "No wall or fence is near enough for a gate.", refused_no_gate: "No gate is near.", refused_file: "This file is no scenario GeoJSON.", no_better_spot: "No spot was found that helps more people.", legend_added: "Facility of the scenario", legend_path: "New path", legend_closed: "Closed or moved away", legend_from: "From the place clicked", legend_reached: "Reached in {m} m on foot", legend_circle: "Straight circle of {m} m", legend_route: "To the nearest {name}", legend_others: "To the nearest of other kinds", legend_served: "Served by it (within the norm)", legend_only: "Served by it only",
    areas_hidden: "Gap area (not drawn of changes made here)", semicolon: "; ", rest_gap: "Not within: {people}", rest_unknown: "Unknown: {people}", reached_in: "Reached in {n} min: {list}", near: "near {name}", no_beds: "The data hold no beds of dormitories.",
    gap_unsure: "Gap (unsure)", not_known: "Not known", not_kinds: "{n} {n:kind|kinds} unknown", not_sure: "gaps of {n} {n:kind|kinds} unsure", not_sure_data: "{n} {n:kind|kinds} with gaps of low confidence, as the data are partial", not_verified: "The norms of {n} of {all} kinds are not verified: each says so", see_notes: "read more",
    dates: "Dates of the data", date_of: "{file} {date}", date_newest: "{file} last edited {date}", undated: "unknown ({files})", files: "{n} files",
    gate: "Gate", gate_n: "Gate {n}", gate_outside: "{m} m outside the boundary", gates_here: "Also on this spot", access_public: "open to all", access_staff: "staff only", access_residents: "residents only", gate_own: "from your data", gate_osm: "from OpenStreetMap",
    gate_closing: "If this gate were closed", gate_farther: "Farther to their nearest facilities", gate_nobody: "Nobody would walk farther.", gate_loses: "No longer covered: {list}", gate_try: "Close it and compare", gate_shut: "Closed in this scenario.", and_others: " and more",
    proposals: "Proposals: what to build, and where first", proposal_with: "Take in proposal", proposal_gain: "+{n} {unit}", proposal_sure: "{n} surely in gap", robust: "robust", robust_means: "Robust: among the best too where the unknown counts as covered.", cost: "cost {n}",
    proposal_after: "{n} so far, index {index}", proposals_now: "With {n} of {all}: {gain} {unit} more within the norm, index {index}.", proposals_try: "Untick one to see what is lost without it; click its name to see where it is.", needs: "needs", needs_told: "a head and a kind make a need", of_cost: "of cost", of_metres: "m", from_to: "from {from} m to {to} m", budget: "budget {n}", today: "today",
    "aim_most-covered": "Aim: most people within the norm", "aim_all-covered": "Aim: everyone within the norm at the least cost", "aim_shortest-mean": "Aim: the shortest mean walk", "aim_shortest-longest": "Aim: the shortest longest walk",
    proof_whole: "No choice among the {n} sites does better: proven.", proof_bound: "Chosen among {n} sites; no choice does better than {bound}.", proof_streets: "Chosen among {n} points along the streets; no places on any public street do better than {bound}.", proof_none: "The best of {n}, as far as that can be estimated.", rival: "Against it {name}: {n} {unit}, index {index}",
    chart_people: "Gained with all taken (dark: surely in gap), {unit}", chart_greedy: "Gained with all taken (dark: surely in gap; line: next best), {unit}", brings_nearer: "Brings nearer: {kinds}", chart_index: "Three-life index after each step (interval)", chart_steps: "steps", chart_cost: "cost so far",
    grades: {
      极度失调: "extreme imbalance", 严重失调: "serious imbalance", 中度失调: "moderate imbalance", 轻度失调: "mild imbalance",
      濒临失调: "near imbalance", 勉强协调: "bare coordination", 初级协调: "primary coordination",
      中级协调: "intermediate coordination", 良好协调: "good coordination", 优质协调: "high-quality coordination",
    },
  },
};

let language = "zh";

// A word in the page's language: {n} stands for a value, {n:kind|kinds} for the word that agrees with it.
function t(key, values = {}) {
  const text = WORDS[language][key] ?? key;
  return text.replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g, (whole, name, one, many) => {
    if (!(name in values)) return whole;
    return one === undefined ? values[name] : String(values[name]) === "1" ? one : many;
  });
}

function named(thing) {
  return (language === "zh" ? thing.zh : thing.en) || thing.zh || thing.en || "";
}

const GROUPED = new Intl.NumberFormat("en-US");

function number(value) {
  return value === null || value === undefined ? "–" : GROUPED.format(Math.round(value));
}

function percent(share) {
  return `${Math.round(share * 100)}%`;
}

function span(low, high, write) {
  const [a, b] = [write(low), write(high)];
  return a === b ? a : `${a.replace("%", "")}–${b}`;
}

function element(tag, className = "", text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== "") node.textContent = text;
  return node;
}
