// Segments: whom they hold for, said as sentences, with how many members that are just now.
import { ask } from "../ask.js";
import { Act, Badge, Boxes, Choice, Empty, Head, Input, Part, Refusal, html, t, tell, useAsk, useMemo, useSignalLater, useState } from "../kit.js";

const KINDS = [["SPENT", "一年里花了（元）"], ["ORDERS", "一年里下了几单"], ["DAYS_SINCE_PAID", "几天没买了"], ["LEVEL", "等级是"], ["TAG", "有标签"]];
const NUMBERS = ["SPENT", "ORDERS", "DAYS_SINCE_PAID"];
const whole = (text, kind) => (text === "" ? null : Math.round(Number(text) * (kind === "SPENT" ? 100 : 1)));

// A line of the form as the API takes it; null while it says nothing.
export function ruleOf({ kind, values, low, high }) {
  if (!NUMBERS.includes(kind)) return values.length ? { kind, values } : null;
  return low === "" && high === "" ? null : { kind, low: whole(low, kind), high: whole(high, kind) };
}

export default function Segments({ ops }) {
  const list = useAsk(ops.Segments);
  const levels = useAsk(ops.SegmentsLevels);
  const tags = useAsk(ops.SegmentsTags);
  const options = { LEVEL: (levels.data?.levelRules.levels ?? []).map((one) => [one.code, one.name]), TAG: (tags.data?.tags ?? []).map((one) => [one.code, one.name]) };
  return html`<${Head} title=${t("人群")} />
    <div class="split"><${Make} ops=${ops} options=${options} done=${list.again} />
      <section class="pane" aria-label=${t("已有的人群")}><h2>${t("已有的人群")}</h2><${Part} of=${list}>${({ segments }) => segments.length
        ? html`<ul class="stack">${segments.map((one) => html`<li class="row apart" key=${one.id}><span class="grow">${one.name}</span>${one.isBuilt ? html`<${Size} ops=${ops} id=${one.id} />` : html`<${Badge} tone="info">${t("正在算")}<//>`}</li>`)}</ul>`
        : html`<${Empty}>${t("还没有人群。")}<//>`}<//></section></div>`;
}

function Size({ ops, id }) {
  const found = useAsk(ops.SegmentsMembers, { id });
  return html`<b>${found.data ? t("{n} 人", { n: found.data.segmentMembers.totalCount }) : "…"}</b>`;
}

const EMPTY = { kind: "SPENT", values: [], low: "", high: "" };

function Make({ ops, options, done }) {
  const [title, setTitle] = useState("");
  const [how, setHow] = useState("ALL");
  const [lines, setLines] = useState([EMPTY]);
  const rule = useMemo(() => ({ kind: how, parts: lines.map(ruleOf).filter(Boolean) }), [how, lines]);
  const change = (place, what) => setLines(lines.map((one, it) => (it === place ? { ...one, ...what } : one)));
  async function save() {
    await ask(ops.SegmentsSave, { input: { name: title.trim(), rule } });
    tell(t("已保存"));
    setTitle("");
    setLines([EMPTY]);
    done();
  }
  return html`<section class="card stack" aria-label=${t("新人群")}><h2>${t("新人群")}</h2>
    <${Input} label=${t("名称")} value=${title} onInput=${setTitle} maxlength="60" />
    <${Choice} label=${t("怎么合起来")} value=${how} onChange=${setHow} options=${[["ALL", t("每一条都符合")], ["ANY", t("符合其中一条")], ["NONE", t("一条都不符合")]]} />
    <ol class="stack">${lines.map((one, place) => html`<li class="card stack" key=${place}><div class="row apart">
        <${Choice} label=${t("条件 {n}", { n: place + 1 })} value=${one.kind} onChange=${(kind) => change(place, { ...EMPTY, kind })} options=${KINDS.map(([value, words]) => [value, t(words)])} />
        <span class="row"><${Live} ops=${ops} rule=${ruleOf(one)} />${lines.length > 1 && html`<button type="button" class="plain" aria-label=${t("去掉条件 {n}", { n: place + 1 })} onClick=${() => setLines(lines.filter((_, it) => it !== place))}>×</button>`}</span></div>
      ${NUMBERS.includes(one.kind) ? html`<div class="row"><${Input} label=${t("至少")} type="number" min="0" value=${one.low} onInput=${(low) => change(place, { low })} /><${Input} label=${t("至多")} type="number" min="0" value=${one.high} onInput=${(high) => change(place, { high })} /></div>`
        : html`<${Boxes} legend=${t("其中任一个")} options=${options[one.kind]} chosen=${one.values} onChange=${(values) => change(place, { values })} />`}</li>`)}</ol>
    <div class="row"><button type="button" onClick=${() => setLines([...lines, EMPTY])}>＋ ${t("加一条")}</button></div>
    <p class="row" role="status"><strong>${t("一共")}</strong> <${Live} ops=${ops} rule=${rule.parts.length ? rule : null} /></p>
    <${Act} kind="main" disabled=${!title.trim() || !rule.parts.length} run=${save}>${t("保存人群")}<//></section>`;
}

// How many a rule holds for, a moment after the last key; a late answer to an older one counts no more.
function Live({ ops, rule }) {
  const late = useSignalLater(JSON.stringify(rule), 300);
  const found = useAsk(ops.SegmentsSize, { rule: JSON.parse(late) }, { skip: late === "null" });
  if (late === "null") return html`<span class="faint">—</span>`;
  if (found.error) return html`<${Refusal} fault=${found.error} compact />`;
  const size = found.data?.segmentSize;
  return html`<b aria-busy=${found.loading}>${size ? t(size.exact ? "{n} 人" : "约 {n} 人", { n: size.members }) : "…"}</b>`;
}
