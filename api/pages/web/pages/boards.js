// Boards: the figures of a scope as they change, its parts, and the rows behind each figure.
import { ask, listen, session } from "../ask.js";
import { Act, Badge, Dialog, Empty, Head, Input, Pages, Part, go, handOver, here, html, moment, t, today, useAsk, useEffect, useState, withQuery } from "../kit.js";
import { Bars } from "../plot.js";

const FIGURES = {
  ORDERS: "订单", UNITS: "件数", SALES_FEN: "卖出", REFUNDS: "退款笔数", REFUND_FEN: "当期退款", ORDER_REFUND_FEN: "这些订单的退款",
  VISITS: "来访", VISITORS: "访客", JOINS: "新会员", FRIENDS: "新好友", OFFERED: "派单", ACCEPTED: "接单", ACCEPT_SECONDS: "接单用时（秒）",
  REJECTED: "拒单", TIMED_OUT: "超时", SHIPPED: "发出",
};
const ADVICE = {
  CHECK_STOCK: "拒单超过一成：盘点常被拒的货，把账面数改对。",
  ACCEPT_FASTER: "接单平均超过半小时：开着订单队列的声音，排好接单的人。",
  LOOK_AT_RETURNS: "退款超过一成半：打开退款明细，看是哪些货、为什么。",
  VISITS_DO_NOT_BUY: "来的人多了，买的人少了：看看分享的内容是不是有货、价格对不对。",
  SHARE_MORE: "来的人少了：这周多分享几篇新内容。",
  INVITE_FRIENDS: "新加的好友少了：收银台和取货时请顾客扫码。",
  GO_ON: "没有需要马上做的，照这样继续。",
};
const OPENS = ["REGION", "STORE", "SELLER", "CONTENT", "CAMPAIGN"];
const LISTS = [["BRAND", "品牌"], ["CONTENT", "按内容"], ["CAMPAIGN", "按活动"]];
const BRIEFED = ["BRAND", "REGION", "STORE"];

// Where each role begins; whatever is above it is not theirs to see.
function home({ role, id, storeId, regionId, ownerId }) {
  if (role === "GUIDE") return ["GUIDE", id];
  if (role === "STORE_MANAGER") return ["STORE", storeId];
  if (role === "REGION_MANAGER") return ["REGION", regionId];
  if (role === "FRANCHISEE") return ["OWNER", ownerId];
  return ["BRAND", ""];
}

const yuan = (digits) => `${digits.startsWith("-") ? "-" : ""}¥${(Math.abs(Number(digits)) / 100).toLocaleString("zh-CN", { maximumFractionDigits: 2 })}`;

export default function Boards({ ops }) {
  const [own, ownId] = home(session.value.viewer);
  const { scope = own, id = ownId ?? "", period = today() } = here.value.query;
  const of = { scope, id, period };
  const board = useAsk(ops.BoardsOne, of);
  // It comes anew whenever its figures change, and after a break.
  useEffect(() => listen(ops.BoardsLive, of, ({ boardChanged }) => board.change(() => ({ board: boardChanged })), board.again), [scope, id, period]);
  const month = period.length === 7;
  const to = (change) => withQuery({ scope, id, period, ...change });
  const file = async () => handOver(`${scope}-${id || "all"}-${period}.csv`, (await ask(ops.BoardsFile, of)).boardCsv, "text/csv");
  return html`<${Head} title=${t("看板")} back=${scope === own && id === (ownId ?? "") ? null : withQuery({ scope: null, id: null })}><${Act} run=${file}>${t("下载 CSV")}<//><//>
    ${own === "BRAND" && html`<nav class="filters" aria-label=${t("看什么")}>${LISTS.map(([value, words]) => html`<a class="chip" key=${value}
      href=${to({ scope: value, id: null })} aria-current=${value === scope ? "true" : undefined}>${t(words)}</a>`)}</nav>`}
    <div class="row"><${Input} label=${month ? t("月份") : t("日期")} type=${month ? "month" : "date"} value=${period} onInput=${(value) => value && go(to({ period: value }), { replace: true })} />
      <a class="button" href=${to({ period: month ? today() : period.slice(0, 7) })}>${month ? t("看一天") : t("看整月")}</a></div>
    <${Part} of=${board}>${({ board: shown }) => html`<${Shown} board=${shown} ops=${ops} of=${of} to=${to} />`}<//>`;
}

function Shown({ board: { total, hours, days, parts, freshness }, ops, of, to }) {
  const [opened, setOpened] = useState(null);
  const sold = (list, named) => list.map((one) => ({ name: named(one), value: Number(one.total.netFen), text: yuan(one.total.netFen) }));
  return html`<p class="row small"><${Badge} tone=${freshness.complete ? "good" : "warn"}>${freshness.complete ? t("截至此刻") : t("截至 {at}，还有 {n} 条没算进来", { at: moment(freshness.asOf), n: freshness.behind + freshness.pending })}<//></p>
    <div class="figures">
      <div class="card"><small>${t("净额，按退款日")}</small><b>${yuan(total.netFen)}</b></div>
      <div class="card"><small>${t("净额，按下单日")}</small><b>${yuan(total.netOfOrdersFen)}</b></div>
      ${total.figures.map(({ metric, text }) => html`<button type="button" class="card" key=${metric} onClick=${() => setOpened(metric)}><small>${t(FIGURES[metric])}</small><b>${text}</b></button>`)}
    </div>
    ${!total.figures.length && html`<${Empty}>${t("这段时间还没有数字。")}<//>`}
    ${days.length > 0 && html`<section class="card"><${Bars} label=${t("每天净额")} points=${sold(days, (one) => one.day.slice(5))} /></section>`}
    ${hours.length > 0 && html`<section class="card"><${Bars} label=${t("每小时净额")} points=${sold(hours, (one) => t("{n} 时", { n: one.hour }))} /></section>`}
    ${parts.length > 0 && html`<${Parts} parts=${parts} to=${to} />`}
    ${BRIEFED.includes(of.scope) && html`<${Brief} ops=${ops} of=${of} />`}
    ${opened && html`<${Rows} ops=${ops} of=${of} metric=${opened} close=${() => setOpened(null)} />`}`;
}

function Parts({ parts, to }) {
  const shown = ["ORDERS", "SALES_FEN", "REFUND_FEN", "VISITS", "FRIENDS", "REJECTED"];
  return html`<div class="scroll card" tabindex="0" role="region" aria-label=${t("明细")}><table>
    <thead><tr><th scope="col">${t("谁")}</th><th scope="col" class="figure">${t("净额")}</th>${shown.map((one) => html`<th scope="col" class="figure" key=${one}>${t(FIGURES[one])}</th>`)}</tr></thead>
    <tbody>${parts.map(({ scope, id, name: called, total }) => {
      const found = Object.fromEntries(total.figures.map((one) => [one.metric, one.text]));
      const words = called ?? (id.endsWith("-") ? t("没有归属") : id);
      return html`<tr key=${id}><th scope="row">${OPENS.includes(scope) && !id.endsWith("-") ? html`<a href=${to({ scope, id })}>${words}</a>` : words}</th>
        <td class="figure">${yuan(total.netFen)}</td>${shown.map((one) => html`<td class="figure" key=${one}>${found[one] ?? "—"}</td>`)}</tr>`;
    })}</tbody></table></div>`;
}

function Rows({ ops, of, metric, close }) {
  if (metric === "VISITORS" && of.period.length === 7) return html`<${Dialog} title=${t(FIGURES[metric])} onClose=${close}><p>${t("访客按天数；请选一天。")}</p><//>`;
  return html`<${Dialog} title=${t(FIGURES[metric])} onClose=${close} wide><${Pages} operation=${ops.BoardsRows} variables=${{ ...of, metric }} of=${(data) => data.boardRows} empty=${t("没有明细。")}>${(nodes) =>
    html`<div class="scroll"><table><thead><tr><th scope="col">${t("时间")}</th><th scope="col">${t("关于")}</th><th scope="col">${t("门店")}</th><th scope="col" class="figure">${t("计入")}</th></tr></thead>
      <tbody>${nodes.map((one) => html`<tr key=${one.id}><td>${moment(one.at)}</td><td><code>${one.about}</code></td><td>${one.storeId ?? "—"}</td><td class="figure">${metric.endsWith("_FEN") ? yuan(one.amount) : one.amount}</td></tr>`)}</tbody></table></div>`}<//><//>`;
}

// The last week that is over, or that of the day which is looked at.
function Brief({ ops, of: { scope, id, period } }) {
  const day = new Date(`${period.length === 7 ? today() : period}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7));
  const monday = day.toISOString().slice(0, 10);
  const brief = useAsk(ops.BoardsBrief, { scope, id, monday });
  return html`<section class="card stack"><h2>${t("{day} 这一周", { day: monday })}</h2><${Part} of=${brief}>${({ weeklyBrief: { netFen, netFenBefore, changes, advice } }) => html`
    <p>${t("净额 {now}，前一周 {before}", { now: yuan(netFen), before: yuan(netFenBefore) })}</p>
    <ul>${advice.map((one) => html`<li key=${one}>${t(ADVICE[one])}</li>`)}</ul>
    ${changes.length > 0 && html`<dl class="facts">${changes.map((one) => html`<dt>${t(FIGURES[one.metric])}</dt><dd>${one.metric.endsWith("_FEN") ? `${yuan(one.before)} → ${yuan(one.now)}` : `${one.before} → ${one.now}`}</dd>`)}</dl>`}`}<//></section>`;
}
