// Money: statements and what is objected to in them; for finance also closing a month and paying out.
import { ask, session } from "../ask.js";
import { Act, Badge, Dialog, Filters, Head, Input, Pages, Part, go, handOver, here, html, moment, monthBefore, t, tell, today, useAsk, useState, withQuery } from "../kit.js";

const TONES = { BOOKED: "info", PAID: "good", FAILING: "warn", FAILED: "danger" };
const STATES = { PLANNED: "准备中", VOID: "不用付了", BOOKED: "等银行付", PAID: "已付", FAILING: "正在退回", FAILED: "没付成" };
const TABS = { statements: ["对账单", Statements], close: ["关账", Close], payouts: ["付款", Payouts], disputes: ["异议", Disputes] };

export default function Money({ ops }) {
  const { ownerId } = session.value.viewer;
  const { tab = "statements", period = monthBefore(today().slice(0, 7)) } = here.value.query;
  const tabs = Object.entries(TABS).filter(([key]) => !ownerId || ["statements", "payouts"].includes(key));
  const [, View] = TABS[tab] ?? TABS.statements;
  // Finance reads one month of all owners, an owner all months of theirs.
  return html`<${Head} title=${ownerId ? t("对账与付款") : t("结算")} />
    <${Filters} name="tab" label=${t("看什么")} options=${tabs.map(([key, [words]]) => [key, t(words)])} />
    ${tab !== "disputes" && !ownerId && html`<div class="form"><${Input} label=${t("月份")} type="month" value=${period} onInput=${(value) => value && go(withQuery({ period: value }), { replace: true })} /></div>`}
    <${View} ops=${ops} owner=${ownerId ?? null} period=${ownerId ? null : period} />`;
}

function Table({ label, heads, children }) {
  return html`<div class="scroll card" tabindex="0" role="region" aria-label=${label}><table>
    <thead><tr>${heads.map(([words, figure]) => html`<th scope="col" class=${figure ? "figure" : ""}>${words}</th>`)}</tr></thead><tbody>${children}</tbody></table></div>`;
}

function Statements({ ops, owner, period }) {
  return html`<${Pages} operation=${ops.MoneyStatements} variables=${{ owner, period }} of=${(data) => data.statementsOf} empty=${t("还没有对账单；关账以后才有。")}>${(nodes, again) =>
    html`<ul class="stack">${nodes.map((one) => html`<li class="card stack" key=${one.id}><${Statement} one=${one} ops=${ops} again=${again} mine=${owner != null} /></li>`)}</ul>`}<//>`;
}

function Statement({ one, ops, again, mine }) {
  const [reason, setReason] = useState("");
  const file = (form, ending, type) => async () => handOver(`${one.period}-${one.ownerId}.${ending}`, (await ask(ops.MoneyFile, { id: one.id, form })).statementFile, type);
  return html`<div class="row apart"><strong>${one.period} · ${one.ownerId}</strong><b>${one.closing.text}</b></div>
    <dl class="facts"><dt>${t("期初")}</dt><dd>${one.opening.text}</dd><dt>${t("本期")}</dt><dd>${t("{total}，{n} 条明细", { total: one.total.text, n: one.entries })}</dd>
      <dt>${t("关账于")}</dt><dd>${moment(one.closedAt)}</dd><dt>${t("校验码")}</dt><dd><code>${one.hash.slice(0, 16)}</code></dd></dl>
    ${one.disputes.map((found) => html`<p key=${found.id}><${Badge} tone=${found.upheld == null ? "warn" : found.upheld ? "good" : ""}>${found.upheld == null ? t("异议待答复") : found.upheld ? t("异议成立") : t("异议不成立")}<//> ${found.reason}${found.answer ? ` — ${found.answer}` : ""}</p>`)}
    <div class="row"><${Act} run=${file("CSV", "csv", "text/csv")}>${t("下载 CSV")}<//><${Act} run=${file("JSON", "json", "application/json")}>${t("下载 JSON")}<//><${Act} run=${file("HTML", "html", "text/html")}>${t("下载打印页")}<//></div>
    ${mine && html`<details><summary>${t("有异议")}</summary><div class="stack"><${Input} label=${t("哪里不对")} value=${reason} onInput=${setReason} />
      <${Act} disabled=${!reason.trim()} run=${() => ask(ops.MoneyDispute, { id: one.id, reason }).then(() => (setReason(""), tell(t("已提交，财务会答复")), again()))}>${t("提交异议")}<//></div></details>`}`;
}

function Close({ ops, period: month }) {
  const runs = useAsk(ops.MoneyRuns);
  const done = runs.data?.settlementRuns.some((one) => one.period >= month);
  return html`<${Part} of=${runs}>${({ settlementRuns }) => html`<section class="stack"><h2>${t("关过的账")}</h2>${settlementRuns.length
      ? html`<${Table} label=${t("关过的账")} heads=${[[t("月份")], [t("状态")], [t("对账单"), true], [t("合计"), true]]}>${settlementRuns.map((one) => html`<tr key=${one.number}><td>${one.period}</td><td>${one.doneAt ? t("{at} 完成", { at: moment(one.doneAt) }) : t("进行中")}</td><td class="figure">${one.statements}</td><td class="figure">${one.total.text}</td></tr>`)}<//>`
      : html`<p>${t("还没有关过账。")}</p>`}</section>`}<//>
    ${!done && html`<section class="stack"><div class="row apart"><h2>${t("{month} 现在关账会是", { month })}</h2>
      <${Act} kind="main" run=${() => ask(ops.MoneySettle, { period: month }).then(() => (tell(t("开始关账了")), runs.again()))}>${t("关 {month} 的账", { month })}<//></div>
      <${Pages} operation=${ops.MoneyPreview} variables=${{ period: month }} of=${(data) => data.settlementPreview} empty=${t("这个月没有要结算的。")}>${(nodes) =>
        html`<${Table} label=${t("预览")} heads=${[[t("加盟商")], [t("期初"), true], [t("本期"), true], [t("期末"), true], [t("明细"), true]]}>${nodes.map((one) => html`<tr key=${one.ownerId}><th scope="row">${one.ownerId}</th><td class="figure">${one.opening.text}</td><td class="figure">${one.total.text}</td><td class="figure">${one.closing.text}</td><td class="figure">${one.entries}</td></tr>`)}<//>`}<//></section>`}`;
}

function Payouts({ ops, owner, period }) {
  const [turn, setTurn] = useState(0);
  const [holdback, setHoldback] = useState("0");
  const [asking, setAsking] = useState(null);
  const pay = () => ask(ops.MoneyPay, { period, holdback: Math.round(Number(holdback) * 10) }).then(({ payoutsMake }) => (tell(t("做了 {n} 笔付款", { n: payoutsMake.payouts.totalCount })), setTurn(turn + 1)));
  const file = async () => handOver(`payouts-${period}.csv`, (await ask(ops.MoneyPayoutFile, { period })).payoutFile, "text/csv");
  return html`${owner == null && html`<div class="card row"><${Input} label=${t("留存百分比")} value=${holdback} onInput=${setHoldback} inputmode="decimal" />
      <${Act} kind="main" run=${pay}>${t("按 {period} 对账单做付款", { period })}<//><${Act} run=${file}>${t("下载银行付款文件")}<//></div>`}
    <${Pages} key=${turn} operation=${ops.MoneyPayouts} variables=${{ owner, period }} of=${(data) => data.payoutsOf} empty=${t("没有付款。")}>${(nodes, again) => html`<ul class="stack">${nodes.map((one) => html`<li class="card stack" key=${one.id}>
      <div class="row apart"><strong>${one.period} · ${one.ownerId}</strong><span class="row"><b>${one.amount.text}</b><${Badge} tone=${TONES[one.state]}>${t(STATES[one.state] ?? one.state)}<//></span></div>
      <small>${moment(one.since)}${one.reference ? ` · ${one.reference}` : ""}</small>
      ${owner == null && one.state === "BOOKED" && html`<div class="row"><button type="button" onClick=${() => setAsking({ one, again, paid: true })}>${t("银行已付")}</button>
        <button type="button" class="harm" onClick=${() => setAsking({ one, again, paid: false })}>${t("没付成")}</button></div>`}</li>`)}</ul>`}<//>
    ${asking && html`<${Outcome} of=${asking} ops=${ops} close=${() => setAsking(null)} />`}`;
}

function Outcome({ of: { one, again, paid }, ops, close }) {
  const [words, setWords] = useState("");
  const run = () => ask(...(paid ? [ops.MoneyPaid, { id: one.id, reference: words }] : [ops.MoneyFailed, { id: one.id, reason: words }])).then(() => (close(), tell(t("记下了")), again()));
  return html`<${Dialog} title=${`${one.ownerId} · ${one.amount.text}`} onClose=${close}><${Input} label=${paid ? t("银行流水号") : t("为什么没付成")} value=${words} onInput=${setWords} data-first />
    <${Act} kind=${paid ? "main" : "harm"} disabled=${!words.trim()} run=${run}>${t("记下")}<//><//>`;
}

function Disputes({ ops }) {
  return html`<${Pages} operation=${ops.MoneyDisputes} of=${(data) => data.disputes} empty=${t("没有等着答复的异议。")}>${(nodes, again) => html`<ul class="stack">${nodes.map((one) => html`<li class="card stack" key=${one.id}><${Answer} one=${one} ops=${ops} again=${again} /></li>`)}</ul>`}<//>`;
}

function Answer({ one, ops, again }) {
  const [answer, setAnswer] = useState("");
  const run = (upheld) => () => ask(ops.MoneyAnswer, { id: one.id, upheld, answer }).then(() => (tell(t("已答复")), again()));
  return html`<div class="row apart"><strong>${one.statementId}</strong><small>${moment(one.openedAt)}</small></div><p>${one.reason}${one.entryId ? ` · ${one.entryId}` : ""}</p>
    <${Input} label=${t("答复")} value=${answer} onInput=${setAnswer} />
    <div class="row"><${Act} kind="main" disabled=${!answer.trim()} run=${run(true)}>${t("成立，另记一笔更正")}<//><${Act} disabled=${!answer.trim()} run=${run(false)}>${t("不成立")}<//></div>`;
}
