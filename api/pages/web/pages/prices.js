// Prices: changes that flip all at one moment; what is planned can be called off.
import { ask } from "../ask.js";
import { Act, Area, Badge, Head, Input, Pages, fen, html, moment, t, tell, useMemo, useState } from "../kit.js";

const TONES = { SCHEDULED: "info", IN_EFFECT: "good", CANCELLED: "" };
const WORDS = { SCHEDULED: "还没生效", IN_EFFECT: "已生效", CANCELLED: "已取消" };

// Lines of SKU, price and the price before, in yuan; those that can't be read, by their number.
export function linesOf(text) {
  const rows = text.split("\n").map((row) => row.trim());
  const read = rows.map((row) => row.split(/[\s,，\t]+/));
  const amount = /^\d+(\.\d{1,2})?$/;
  const wrong = read.flatMap(([sku, price, before], place) => (rows[place] && !(sku && amount.test(price ?? "") && (before === undefined || amount.test(before))) ? [place + 1] : []));
  const lines = read.filter((_, place) => rows[place]).map(([sku, price, before]) => ({ sku, priceFen: fen(price), compareAtFen: before === undefined ? null : fen(before) }));
  return { lines, wrong };
}

export default function Prices({ ops }) {
  const [turn, setTurn] = useState(0);
  return html`<${Head} title=${t("调价")} />
    <${Plan} ops=${ops} done=${() => setTurn(turn + 1)} />
    <${Pages} key=${turn} operation=${ops.Prices} of=${(data) => data.priceChanges} empty=${t("还没有调过价。")}>${(nodes, again) => html`<ul class="stack">${nodes.map((one) => html`<li class="card stack" key=${one.id}>
      <div class="row apart"><strong>${one.name}</strong><span class="row">${moment(one.effectiveAt)}<${Badge} tone=${TONES[one.state]}>${t(WORDS[one.state])}<//></span></div>
      <details><summary>${t("{n} 个 SKU", { n: one.lines.totalCount })}</summary><div class="scroll" tabindex="0" role="region" aria-label=${one.name}><table><tbody>${one.lines.nodes.map((line) => html`<tr><th scope="row">${line.sku}</th><td class="figure">${line.price.text}</td><td class="figure">${line.compareAt?.text ?? ""}</td></tr>`)}</tbody></table></div></details>
      ${one.state === "SCHEDULED" && html`<${Act} kind="harm" run=${() => ask(ops.PricesCancel, { id: one.id }).then(again)}>${t("取消调价")}<//>`}</li>`)}</ul>`}<//>`;
}

function Plan({ ops, done }) {
  const [title, setTitle] = useState("");
  const [at, setAt] = useState("");
  const [text, setText] = useState("");
  const { lines, wrong } = useMemo(() => linesOf(text), [text]);
  async function plan() {
    await ask(ops.PricesPlan, { input: { name: title.trim(), effectiveAt: `${at}:00+08:00`, lines } });
    tell(t("已排上"));
    setText("");
    done();
  }
  return html`<section class="card stack" aria-label=${t("新调价")}><div class="form"><${Input} label=${t("名称")} value=${title} onInput=${setTitle} /><${Input} label=${t("什么时候生效（北京时间）")} type="datetime-local" value=${at} onInput=${setAt} /></div>
    <${Area} label=${t("每行一个：SKU 新价 划线价（元）")} value=${text} onInput=${setText} rows=5 wrong=${wrong.length ? [{ message: t("第 {rows} 行看不懂", { rows: wrong.join("、") }) }] : []} placeholder="10042-BLK-L 599 899" />
    <p role="status">${t("会改 {n} 个 SKU 的价", { n: lines.length - wrong.length })}</p>
    <${Act} kind="main" disabled=${!title.trim() || !at || !lines.length || wrong.length > 0} run=${plan}>${t("排上")}<//></section>`;
}
